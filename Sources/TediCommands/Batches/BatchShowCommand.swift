import ArgumentParser
import Client
import Foundation
import JobAPI
import Reporting

/// `tedi batch show`.
struct BatchShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a batch: what was asked for and how far it is.",
        discussion: """
            Example:
              tedi batch show 7
              tedi batch show 7 --failed
              tedi batch show 7 --output json | jq .counts.succeeded
            """)

    @Argument(help: "Number of the batch.")
    var id: Int64

    @Flag(help: "List the jobs that failed, with the reason, instead (at most 1000).")
    var failed = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await connection.withClient { client in
            if failed {
                let page = try await client.jobs(of: id, limit: Limits.maximumPageSize, state: .failed)
                try show(page.jobs, more: page.next != nil)
            } else {
                let batch = try await client.batch(id)
                // How far the long ones are, there is no other place to see at once.
                let running =
                    batch.isLong && batch.counts.running > 0
                    ? try await client.jobs(of: id, limit: Self.shownJobs, state: .running).jobs : []
                try show(batch, running)
            }
        }
    }

    /// Long jobs that are shown with their progress.
    private static let shownJobs = 10

    private func show(_ batch: BatchView, _ running: [JobView]) throws {
        let console = Console.current
        guard output.format == .table else { return try console.printJSON(batch, format: output.format) }
        let counts = batch.counts
        var rows = [
            ("batch", "\(batch.id)"), ("name", batch.name), ("state", batch.state.rawValue), ("model", batch.model),
            (batch.kind == .generate ? "captions" : "lines", Self.size(batch)), ("seed", "\(batch.seed)"),
            ("priority", "\(batch.priority)"), ("truncation", batch.truncation.map { "\($0)" } ?? "the model's own"),
            ("created", Times.short(batch.createdAt)),
        ]
        if batch.kind != .generate { rows.insert(("kind", batch.kind.rawValue), at: 3) }
        if let options = batch.options { rows.append(("options", JobRows.options(options))) }
        if let after = batch.after { rows.append(("after", "batch \(after)")) }
        if batch.band != .bulk { rows.append(("band", batch.band.rawValue)) }
        if let key = batch.uniqueKey { rows.append(("unique key", key)) }
        if let original = batch.retryOf { rows.append(("runs again", "failed images of batch \(original)")) }
        if let date = batch.startAt { rows.append(("starts", "not before " + Times.short(date))) }
        if let date = batch.expiresAt { rows.append(("expires", Times.short(date))) }
        if let reason = batch.endedBecause { rows.append(("called off", reason)) }
        if let waiting = batch.waiting { rows.append(("waits", "\(waiting.code.rawValue): \(waiting.message)")) }
        if let date = batch.sealedAt { rows.append(("sealed", Times.short(date))) }
        if let date = batch.finishedAt { rows.append(("finished", Times.short(date))) }
        rows += [
            ("queued", "\(counts.queued)"), ("running", "\(counts.running)"), ("succeeded", "\(counts.succeeded)"),
            ("failed", "\(counts.failed)"), ("cancelled", "\(counts.cancelled)"), ("total", "\(counts.total)"),
        ]
        for job in running {
            rows.append(("job \(job.id)", job.progress.map(JobRows.step) ?? "begins"))
        }
        console.print(pairs: rows)
    }

    /// Lines and what each is multiplied by.
    private static func size(_ batch: BatchView) -> String {
        var size = "\(batch.items) x \(batch.samples) samples"
        if let truncations = batch.truncations, !truncations.isEmpty {
            size += " x truncation " + truncations.map { "\($0)" }.joined(separator: ", ")
        }
        if let styles = batch.styles, !styles.isEmpty { size += " x \(styles.count) styles" }
        return size
    }

    private func show(_ jobs: [JobView], more: Bool) throws {
        let console = Console.current
        guard output.format == .table else { return try console.printJSON(list: jobs, format: output.format) }
        guard !jobs.isEmpty else { return console.note("no job of batch \(id) has failed") }
        var table = Table([
            .right("JOB"), .right("LINE"), .right("SAMPLE"), .right("ATTEMPTS"), .left("CODE"), .left("MESSAGE"),
        ])
        for job in jobs {
            table.add([
                "\(job.id)", "\(job.line)", "\(job.sample)", "\(job.attempts)", job.failure?.code ?? "?",
                String((job.failure?.message ?? "").prefix(200)),
            ])
        }
        for line in table.render() { console.print(line) }
        if more { console.note("there are more; these are the first \(jobs.count)") }
    }
}

extension Console {
    /// Writes names and values in two columns.
    func print(pairs: [(String, String)]) {
        let width = pairs.map(\.0.count).max() ?? 0
        for (name, value) in pairs {
            let space = String(repeating: " ", count: width - name.count + 2)
            let plain = value.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
            print(name + space + String(String.UnicodeScalarView(plain)))
        }
    }
}
