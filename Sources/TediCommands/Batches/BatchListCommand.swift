import ArgumentParser
import Client
import JobAPI
import Reporting

/// `tedi batch ls`.
struct BatchListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Lists batches, newest first.",
        discussion: """
            Example:
              tedi batch ls --limit 5
              tedi batch ls --output jsonl | jq .counts
            """)

    @Option(help: "Most batches to list.")
    var limit = 20

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 100000") }
    }

    func run() async throws {
        var batches: [BatchView] = []
        try await connection.withClient { client in
            var cursor: String?
            repeat {
                let size = min(limit - batches.count, Limits.maximumPageSize)
                let page = try await client.batches(cursor: cursor, limit: size)
                batches += page.batches
                cursor = page.next
            } while cursor != nil && batches.count < limit
        }
        let console = Console.current
        guard output.format == .table else { return try console.printJSON(list: batches, format: output.format) }
        guard !batches.isEmpty else {
            return console.note("no batches yet; submit one with: tedi submit captions.txt")
        }
        for line in Self.table(batches).render() { console.print(line) }
    }

    /// The state, and behind it why nothing happens where that is so.
    static func state(_ batch: BatchView) -> String {
        batch.state.rawValue + (batch.waiting.map { " (\($0.code.rawValue))" } ?? "")
    }

    static func table(_ batches: [BatchView]) -> Table {
        var table = Table([
            .right("ID"), .left("NAME"), .left("KIND"), .left("STATE"), .left("MODEL"), .right("LINES"),
            .right("IMAGES"),
            .right("DONE"), .right("FAILED"), .left("CREATED"),
        ])
        for batch in batches {
            table.add([
                "\(batch.id)", batch.name, batch.kind.rawValue, Self.state(batch), String(batch.model.prefix(24)),
                "\(batch.items)",
                "\(batch.counts.total)", "\(batch.counts.succeeded)", "\(batch.counts.failed)",
                Times.short(batch.createdAt),
            ])
        }
        return table
    }
}
