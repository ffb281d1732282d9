import ArgumentParser
import Client
import Foundation
import JobAPI

/// `tedi cron rm`.
struct CronRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Removes a cron entry; the batches that it made stay.",
        discussion: """
            Example:
              tedi cron rm nightly
            """)

    @OptionGroup var entry: CronNameArgument
    @OptionGroup var acting: TenantOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let view = try await connection.withClient(for: acting) { client in try await client.removeCron(entry.name) }
        try Console.current.report(view, "removed", format: output.format)
    }
}

/// `tedi cron pause`.
struct CronPauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Keeps a cron entry from firing until it is resumed.",
        discussion: """
            Example:
              tedi cron pause nightly
            """)

    @OptionGroup var entry: CronNameArgument
    @OptionGroup var acting: TenantOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let view = try await connection.withClient(for: acting) { client in try await client.pauseCron(entry.name) }
        try Console.current.report(view, "paused", format: output.format)
    }
}

/// `tedi cron resume`.
struct CronResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Lets a paused cron entry fire again, from its next time on.",
        discussion: """
            Example:
              tedi cron resume nightly
            """)

    @OptionGroup var entry: CronNameArgument
    @OptionGroup var acting: TenantOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let view = try await connection.withClient(for: acting) { client in try await client.resumeCron(entry.name) }
        let next = view.nextAt.map(Times.short) ?? "no time"
        try Console.current.report(view, "resumed, next at \(next)", format: output.format)
    }
}

/// `tedi cron run`.
struct CronRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Fires a cron entry now, paused or not; its next time stays.",
        discussion: """
            Example:
              tedi cron run nightly
              tedi batch watch "$(tedi cron run nightly --output json | jq .id)"
            """)

    @OptionGroup var entry: CronNameArgument
    @OptionGroup var acting: TenantOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let batch = try await connection.withClient(for: acting) { client in
            try await client.fireCron(entry.name, idempotencyKey: UUID().uuidString)
        }
        let console = Console.current
        guard output.format == .table else { return try console.printJSON(batch, format: output.format) }
        console.print("batch \(batch.id): \(batch.counts.total) images, model \(batch.model)")
        console.note("follow it with: tedi batch watch \(batch.id)")
    }
}

extension Console {
    /// Says what was done with an entry.
    fileprivate func report(_ entry: CronView, _ what: String, format: OutputFormat) throws {
        guard format == .table else { return try printJSON(entry, format: format) }
        print("cron entry \(entry.name): \(what)")
    }
}
