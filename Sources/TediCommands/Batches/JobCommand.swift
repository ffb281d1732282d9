import ArgumentParser
import Client
import JobAPI

/// `tedi job`.
struct JobCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job",
        abstract: "Shows single jobs, or calls them off; one job is one image.",
        discussion: """
            Example:
              tedi job show 2801
            """,
        subcommands: [JobShowCommand.self, JobCancelCommand.self])
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
        abstract: "Shows a job: its caption and seed, where it stands, and what came of it.",
        discussion: """
            Example:
              tedi job show 2801 --output json
            """)

    @Argument(help: "Number of the job.")
    var id: Int64

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let job = try await connection.withClient { try await $0.job(id) }
        guard output.format == .table else { return try Console.current.printJSON(job, format: output.format) }
        Console.current.print(pairs: Self.rows(job))
    }

    static func rows(_ job: JobView) -> [(String, String)] {
        var rows = [
            ("job", "\(job.id)"), ("batch", "\(job.batch)"), ("line", "\(job.line)"), ("sample", "\(job.sample)"),
            ("state", job.state.rawValue), ("attempts", "\(job.attempts)"), ("caption", job.request.caption),
            ("seed", "\(job.request.seed)"), ("model", job.request.model),
        ]
        if job.crashes > 0 { rows.append(("crashes", "\(job.crashes)")) }
        if let progress = job.progress {
            let note = progress.note.map { ", \($0)" } ?? ""
            rows.append(("progress", "step \(progress.step) of \(progress.total)\(note)"))
            if let checkpoint = progress.checkpoint { rows.append(("checkpoint", checkpoint)) }
        }
        if let id = job.customID { rows.append(("custom id", id)) }
        if let psi = job.request.truncation { rows.append(("truncation", "\(psi)")) }
        if let worker = job.worker { rows.append(("worker", worker)) }
        if let date = job.finishedAt { rows.append(("finished", Times.short(date))) }
        if let result = job.result {
            rows += [
                ("image", result.image), ("size", "\(result.width) x \(result.height), \(result.bytes) bytes"),
                ("code", result.code), ("time", "\(result.milliseconds) ms"),
            ]
            if let pack = result.pack { rows.append(("pack", pack)) }
            if let manifest = result.manifest { rows.append(("manifest", manifest)) }
        }
        if let failure = job.failure { rows.append(("failure", "\(failure.code): \(failure.message)")) }
        return rows
    }
}
