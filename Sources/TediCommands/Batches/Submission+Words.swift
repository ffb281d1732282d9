import Client
import JobAPI
import Jobs
import Reporting

/// What is said about a submission.
extension Submission {
    /// What it would be, and how long that would take.
    func describe(by client: TediClient, format: OutputFormat) async throws {
        var summary = Summary(
            captions: file.items.count, samples: specification.samples, images: images,
            variants: specification.variants == specification.samples ? nil : specification.variants,
            files: file.files.paths.isEmpty ? nil : file.files.paths.count)
        var reason: String?
        do {
            let asking = client.retrying(.once)
            let estimate = try await asking.estimate(try await body(by: asking), lines: file.items.count)
            summary.rate = estimate.imagesPerSecond
            summary.seconds = estimate.seconds
            if estimate.seconds == nil { reason = "nothing of this kind was made lately" }
        } catch {
            // The count stands without a coordinator; a refusal is told as it would be later.
            let error = CommandError(any: error)
            guard [.unreachable, .failed].contains(error.status) else { throw error }
            reason = error.lines.first ?? ""
        }
        let console = Console.current
        if let reason { console.note("no estimate of the time: \(reason)") }
        guard format == .table else { return try console.printJSON(summary, format: format) }
        console.print("\(name): \(size) are right; nothing was submitted (--dry-run)")
        if let files = summary.files { console.print("\(ProgressLine.grouped(files)) files would be uploaded") }
        if let seconds = summary.seconds, let rate = summary.rate {
            let speed = rate < 1 ? Scores.text(rate) : ProgressLine.decimal(rate)
            console.print("about \(ProgressLine.clock(seconds)) at \(speed) images/s")
        }
    }

    func report(_ batch: BatchView, format: OutputFormat) throws {
        guard format == .table else { return try Console.current.printJSON(batch, format: format) }
        Console.current.print("batch \(batch.id): \(size), model \(batch.model)")
        Console.current.note("follow it with: tedi batch watch \(batch.id)")
    }

    func announce(_ batch: BatchView) throws {
        Console.current.note("batch \(batch.id): \(size), model \(batch.model)")
    }

    /// The word for lines of this kind of work.
    func lineWord(_ count: Int) -> String {
        specification.kind == .generate ? (count == 1 ? "caption" : "captions") : (count == 1 ? "line" : "lines")
    }

    private var size: String {
        let count = file.items.count
        let made = specification.kind == .interpolate || specification.kind == .evaluate ? "job" : "image"
        return "\(ProgressLine.grouped(count)) \(lineWord(count)) x \(specification.variants) = "
            + "\(ProgressLine.grouped(images)) \(made)\(images == 1 ? "" : "s")"
    }

    /// Result of a dry run.
    private struct Summary: Encodable {
        let captions: Int
        let samples: Int
        let images: Int
        /// Jobs of each line, where a grid makes them more than the samples.
        var variants: Int?
        /// Files that would be uploaded.
        var files: Int?
        /// Images a second lately.
        var rate: Double?
        /// Time that it would take.
        var seconds: Double?

        private enum CodingKeys: String, CodingKey {
            case captions, samples, images, variants, files, seconds
            case rate = "images_per_second"
        }
    }
}
