import ArgumentParser
import Client
import JobAPI
import Reporting

/// `tedi cron ls`.
struct CronListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "Lists the cron entries by name.",
        discussion: """
            Example:
              tedi cron ls
              tedi cron ls --output jsonl | jq .last_error
            """)

    @OptionGroup var acting: TenantOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let entries = try await connection.withClient(for: acting) { client in try await client.cronEntries() }
        let console = Console.current
        guard output.format == .table else { return try console.printJSON(list: entries, format: output.format) }
        guard !entries.isEmpty else {
            return console.note("no cron entries yet; add one with: tedi cron add nightly captions.txt --at @daily")
        }
        for line in Self.table(entries).render() { console.print(line) }
    }

    static func table(_ entries: [CronView]) -> Table {
        var table = Table([
            .left("NAME"), .left("TENANT"), .left("AT"), .left("ZONE"), .left("STATE"), .left("NEXT"), .left("LAST"),
            .right("BATCH"), .left("MODEL"), .right("CAPTIONS"), .right("SAMPLES"),
        ])
        for entry in entries {
            table.add([
                entry.name, String(entry.tenant.prefix(24)), entry.expression, entry.zone, entry.state,
                entry.nextAt.map(Times.short) ?? "-", entry.lastFiredAt.map(Times.short) ?? "-",
                entry.lastBatch.map(String.init) ?? "-",
                String(entry.batch.model.prefix(24)), "\(entry.lines)", "\(entry.batch.samples)",
            ])
        }
        return table
    }
}

extension CronView {
    /// One word for how it does.
    var state: String {
        if paused { return "paused" }
        if lastError != nil { return "failing" }
        return nextAt == nil ? "over" : "active"
    }
}
