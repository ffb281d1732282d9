import ArgumentParser
import Client
import Foundation
import JobAPI
import Jobs
import Reporting

/// `tedi evaluate`.
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measures the images of a batch: a job reads them all and reports its figures.",
        discussion: """
            The list of the batch's images is uploaded as an artifact; images that failed are not in it.

            Example:
              tedi evaluate 7
              tedi evaluate 7 --limit 5000 --out report.json --chart chart.png
            """)

    @Argument(help: "Number of the batch.")
    var batch: Int64

    @Option(help: "Measure no more than the first images.")
    var limit = 100_000

    @Option(help: "Name or digest of the model whose networks judge. (default: that of the batch)")
    var model: String?

    @Option(help: ArgumentHelp("Save the report into this JSON file.", valueName: "file"))
    var out: String?

    @Option(help: ArgumentHelp("Save the chart into this PNG file.", valueName: "file"))
    var chart: String?

    @Flag(help: "Only submit the job; see it with: tedi job show.")
    var noWait = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 100000") }
    }

    func run() async throws {
        let (address, apiKey) = (try connection.address(), try connection.apiKey())
        let evaluation = BatchEvaluation(batch: batch, limit: limit, model: model)
        let (out, chart, waits, format) = (out, chart, !noWait, output.format)
        try await withInterrupts {
            try await TediClient.connected(to: address, apiKey: apiKey) { client in
                let job = try await evaluation.submit(by: client)
                guard waits else { return try Self.announce(job, format: format) }
                let end = try await JobWatch(job: job.id, preview: chart, isKnown: true).run(by: client)
                try JobWatch.requireSuccess(end)
                let report = try await BatchEvaluation.report(of: end, by: client)
                if let out { try Self.write(report, to: out) }
                try Self.show(report, of: end, format: format)
            }
        }
    }

    private static func announce(_ job: JobView, format: OutputFormat) throws {
        let console = Console.current
        guard format == .table else { return try console.printJSON(job, format: format) }
        console.print("batch \(job.batch), job \(job.id): \(job.state.rawValue)")
        console.note("follow it with: tedi job show \(job.id) --watch")
    }

    private static func write(_ report: Data, to path: String) throws {
        do {
            try report.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw ClientError.file(path: path, reason: error.localizedDescription)
        }
    }

    /// The report as it is, or its figures in two columns.
    private static func show(_ report: Data, of job: JobView, format: OutputFormat) throws {
        let console = Console.current
        let figures = try Figures(report)
        guard format == .table else { return console.print(figures.json(indented: format == .json)) }
        console.print(pairs: figures.rows)
    }
}

/// An evaluation of a batch.
struct BatchEvaluation: Sendable {
    let batch: Int64
    let limit: Int
    let model: String?

    /// One line of the list that the job reads.
    private struct Line: Encodable {
        let job: Int64
        let line: Int
        let sample: Int
        let customID: String?
        let caption: String
        let image: String
        let code: String

        private enum CodingKeys: String, CodingKey {
            case job, line, sample, caption, image, code
            case customID = "custom_id"
        }
    }

    /// Lists the batch's images, uploads the list and submits the job.
    func submit(by client: TediClient) async throws -> JobView {
        let view = try await client.batch(batch)
        let steady = client.retrying(.persistent)
        let index = try await index(of: view, by: steady)
        let receipt = try await steady.uploadArtifact(index)
        var item = ItemDraft()
        item.inputs[.index] = ["sha256:\(receipt.digest)"]
        let submission = try Submission(
            [item], try .single("evaluation of batch \(batch)", .evaluate, model: model ?? view.model, .none))
        let made = try await submission.send(by: client)
        guard let job = try await steady.jobs(of: made.id, limit: 1).jobs.first else {
            throw CommandError.failed("batch \(made.id) has no job", remedy: "See: tedi batch show \(made.id)")
        }
        return job
    }

    private func index(of view: BatchView, by client: TediClient) async throws -> Data {
        let console = Console.current
        var index = Data()
        var count = 0
        var cursor: String?
        repeat {
            let page = try await client.jobs(
                of: batch, cursor: cursor, limit: min(limit - count, Limits.maximumPageSize), state: .succeeded)
            for job in page.jobs {
                guard let result = job.result else { continue }
                index += try WireFormat.encode(
                    Line(
                        job: job.id, line: job.line, sample: job.sample, customID: job.customID,
                        caption: job.request.caption, image: result.image, code: result.code))
                index.append(UInt8(ascii: "\n"))
                count += 1
            }
            console.progress(
                ProgressLine.counted(
                    name: "listing", done: count, of: max(count, min(limit, view.counts.succeeded)), unit: "images",
                    columns: console.columns))
            cursor = page.next
        } while cursor != nil && count < limit
        console.clearProgress()
        guard count > 0 else {
            throw CommandError.badInput(
                "batch \(batch) has no image that could be measured, it is \(view.state.rawValue)",
                remedy: "Wait for some with: tedi batch watch \(batch)")
        }
        guard index.count <= Limits.maximumArtifactBytes else {
            throw CommandError.badInput(
                "the list of \(count) images has \(index.count) bytes; \(Limits.maximumArtifactBytes) are accepted",
                remedy: "Measure fewer with --limit.")
        }
        if cursor != nil || count < view.counts.succeeded {
            console.note("the first \(count) of \(view.counts.succeeded) images are measured (--limit)")
        }
        return index
    }

    /// The report that a job has made.
    static func report(of job: JobView, by client: TediClient) async throws -> Data {
        guard let result = job.result else { throw CommandError.failed("job \(job.id) has no result") }
        let report = result.outputs?.first { $0.name == "report.json" }?.digest ?? result.code
        return try await client.artifact(report, of: job.id)
    }
}
