import ArgumentParser
import Client
import JobAPI

/// `tedi job`.
struct JobCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job",
        abstract: "Shows single jobs, makes them again, or calls them off; one job is one image.",
        discussion: """
            Example:
              tedi job show 2801
              tedi job rerun 2801 --seed 8 --out again.png
            """,
        subcommands: [JobShowCommand.self, JobRerunCommand.self, JobCancelCommand.self])
}

/// `tedi job cancel`.
struct JobCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Calls a job off.", discussion: "Example:\n  tedi job cancel 2801")

    @Argument(help: "Number of the job.") var id: Int64
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let job = try await connection.withClient { try await $0.cancel(job: id) }
        try output.show(job) { "job \($0.id) is \($0.state.rawValue)" }
    }
}

/// `tedi job show`.
struct JobShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a job: what was asked for, where it stands, and what came of it.",
        discussion: """
            A job of many steps tells how far it is, and how its picture looks by now.

            Example:
              tedi job show 2801 --output json
              tedi job show 2801 --watch --preview now.png
            """)

    @Argument(help: "Number of the job.")
    var id: Int64

    @Flag(help: "Follow it until it has ended; fail unless it succeeds.")
    var watch = false

    @Option(
        help: ArgumentHelp("Save how its picture looks by now, or in the end, into this PNG file.", valueName: "file"))
    var preview: String?

    @Option(help: "Seconds between two looks.")
    var interval = 0.5

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0.05...3600).contains(interval) else { throw ValidationError("--interval must be from 0.05 to 3600") }
    }

    func run() async throws {
        let (address, apiKey) = (try connection.address(), try connection.apiKey())
        var prepared = JobWatch(job: id, preview: preview)
        prepared.interval = .seconds(interval)
        let (job, watch, format) = (prepared, watch, output.format)
        try await withInterrupts {
            try await TediClient.connected(to: address, apiKey: apiKey) { client in
                let view = watch ? try await job.run(by: client, format: format) : try await job.look(by: client)
                try Self.show(view, format: format)
                if watch { try JobWatch.requireSuccess(view) }
            }
        }
    }

    private static func show(_ job: JobView, format: OutputFormat) throws {
        guard format == .table else { return try Console.current.printJSON(job, format: format) }
        Console.current.print(pairs: JobRows.of(job, columns: Console.current.columns))
    }
}
