import ArgumentParser
import Client
import Foundation
import JobAPI

/// `tedi cron show`.
struct CronShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a cron entry: when it fires, what it makes and what came of its last firing.",
        discussion: """
            Example:
              tedi cron show nightly
              tedi cron show nightly --output json | jq .items
            """)

    @OptionGroup var entry: CronNameArgument
    @OptionGroup var acting: TenantOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let view = try await connection.withClient(for: acting) { client in try await client.cron(entry.name) }
        let console = Console.current
        guard output.format == .table else { return try console.printJSON(view, format: output.format) }
        console.print(pairs: Self.rows(view))
    }

    static func rows(_ entry: CronView) -> [(String, String)] {
        let batch = entry.batch
        var rows = [
            ("entry", entry.name), ("tenant", entry.tenant), ("at", entry.expression), ("zone", entry.zone),
            ("state", entry.state), ("next", entry.nextAt.map(Times.short) ?? "none"),
            (
                "missed times",
                entry.missed == .skip ? "left out when later than a minute" : "made up for by one firing"
            ),
            ("batch name", batch.name), ("model", batch.model),
            ("captions", "\(entry.lines) x \(batch.samples) samples"),
            ("seed", "\(batch.seed), \(entry.fixedSeed ? "the same every time" : "goes on with every firing")"),
            ("priority", "\(batch.priority)"), ("truncation", batch.truncation.map { "\($0)" } ?? "the model's own"),
        ]
        if let date = entry.lastFiredAt { rows.append(("last firing", Times.short(date))) }
        if let batch = entry.lastBatch { rows.append(("last batch", "\(batch)")) }
        if let date = entry.lastSkippedAt { rows.append(("last skipped", Times.short(date))) }
        if let error = entry.lastError {
            rows.append(("last error", error))
            if let date = entry.lastErrorAt { rows.append(("failed at", Times.short(date))) }
        }
        rows += [("created", Times.short(entry.createdAt)), ("changed", Times.short(entry.updatedAt))]
        return rows
    }
}
