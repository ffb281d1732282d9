import Client
import Foundation
import JobAPI
import Jobs
import Reporting

/// A caption file that was found right, and what is to be made of it.
struct Submission: Sendable {
    private let source: InputSource
    private let items: ItemLines
    private let sourceLines: [Int]
    private let specification: BatchSpecification
    private let schedule: ScheduleOptions
    private let hasModel: Bool

    /// Reads and checks everything that can be checked without a coordinator.
    init(_ command: SubmitCommand) throws(CommandError) {
        source = InputSource(path: command.file)
        schedule = command.schedule
        do {
            specification = try BatchSpecification(
                // The name of a model that was not given is asked for later; any will do for the check.
                name: command.name ?? source.batchName, kind: command.kind.kind, model: command.model ?? "-",
                samples: command.samples, seed: command.seed, truncation: command.truncation,
                schedule: try command.schedule.checked(priority: command.priority))
        } catch let error as SpecificationError {
            let option = error.field.replacing("_", with: "-")
            throw .badInput("--\(option) \(error.message)", remedy: "Nothing was submitted.")
        } catch {
            throw CommandError(any: error)
        }
        hasModel = command.model != nil
        let file = try CaptionFile.load(source, format: command.format, column: command.column) {
            SubmissionFailure.refusal(count: $0)
        }
        items = file.items
        sourceLines = file.sourceLines
        guard items.count * command.samples <= BatchSpecification.maximumJobs else {
            throw .badInput(
                "\(items.count) captions with \(command.samples) samples are more than "
                    + "\(BatchSpecification.maximumJobs) images",
                remedy: "Split the file or ask for fewer samples. Nothing was submitted.")
        }
    }

    // MARK: Sending

    /// Creates the batch, fills it and seals it; a batch that cannot be completed is given up.
    func send(by client: TediClient) async throws -> BatchView {
        let model = hasModel ? specification.model : try await Self.onlyModel(of: client)
        var body = CreateBatchBody(
            name: specification.name, model: model, samples: specification.samples, seed: specification.seed,
            truncation: specification.truncation)
        schedule.fill(&body, specification)
        if let few = fewItems { return try await submit(body, few, by: client) }
        let batch = try await client.createBatch(body, idempotencyKey: UUID().uuidString)
        // From here on a restart of the coordinator must not cost the upload.
        let steady = client.retrying(.persistent)
        var isSealing = false
        do throws(ClientError) {
            try await upload(to: batch.id, by: steady)
            isSealing = true
            Console.current.progress("handing batch \(batch.id) over …")
            let sealed = try await steady.seal(batch: batch.id)
            Console.current.clearProgress()
            return sealed
        } catch {
            Console.current.clearProgress()
            let fate = await settle(batch.id, after: error, wasSealing: isSealing, by: steady)
            Console.current.clearProgress()
            if case .submitted(let batch) = fate { return batch }
            throw SubmissionFailure(error: error, batch: batch.id, fate: fate).described(file: source.name) {
                sourceLine($0)
            }
        }
    }

    /// The items, where they fit into the request that creates the batch.
    private var fewItems: [CronItem]? {
        // In half of the limit there is room for every escape that JSON may add.
        guard items.count <= Limits.maximumSubmissionItems, items.bytes.count <= Limits.maximumSubmissionBytes / 2,
            let read = try? items.lines.map({ try CaptionItem(parsing: $0) })
        else { return nil }
        return read.map { CronItem(caption: $0.caption, customID: $0.customID, seed: $0.seed) }
    }

    /// Hands everything over in one request, which makes a batch that runs or none.
    private func submit(
        _ body: CreateBatchBody, _ few: [CronItem], by client: TediClient
    ) async throws -> BatchView {
        do throws(ClientError) {
            return try await client.submit(body, items: few, idempotencyKey: UUID().uuidString)
        } catch {
            guard case .problem(let problem) = error, !problem.errors.isEmpty else { throw error }
            throw SubmissionFailure.refused(problem.errors, file: source.name) { sourceLine($0) }
        }
    }

    /// Gives the batch up, or finds out that it was accepted after all: the answer to its sealing may have been lost.
    private func settle(
        _ id: Int64, after error: ClientError, wasSealing: Bool, by client: TediClient
    ) async -> SubmissionFailure.Fate {
        Console.current.progress("giving batch \(id) up …")
        // Where all patience is spent already, another minute would not bring the coordinator back.
        var client = client
        if case .unreachable = error { client = client.retrying(.brief) }
        let asking = client
        // In a task of its own, because this one may have been cancelled, and the batch must go all the same.
        let found = await Task { () -> BatchView? in
            if let batch = try? await asking.abandon(batch: id) { return batch }
            return try? await asking.retrying(.brief).batch(id)
        }.value
        switch found?.state {
        case .sealed, .running, .finished, .cancelling, .cancelled:
            return found.map(SubmissionFailure.Fate.submitted) ?? .unknown
        case .abandoned: return .abandoned
        case .open: return .leftOpen
        // Nobody but this command seals its batch.
        case nil: return wasSealing ? .unknown : .leftOpen
        }
    }

    private func upload(to batch: Int64, by client: TediClient) async throws(ClientError) {
        let console = Console.current
        let total = items.count
        try await client.upload(items, to: batch) { done in
            console.progress(
                ProgressLine.counted(
                    name: "uploading", done: done, of: total, unit: "captions", columns: console.columns))
        }
        console.clearProgress()
    }

    /// The model that is meant where none is named: the only one that workers have.
    static func onlyModel(of client: TediClient) async throws -> String {
        let models = try await client.models()
        let live = models.filter { $0.workers > 0 }
        let choice = Set((live.isEmpty ? models : live).map(\.name))
        guard let name = choice.first else {
            throw CommandError.failed(
                "no worker has announced a model yet",
                remedy: "Start one with: tedi up. See what runs with: tedi status")
        }
        guard choice.count == 1 else {
            throw CommandError.badInput(
                "there is more than one model",
                remedy: "Choose one of \(choice.sorted().joined(separator: ", ")) with --model")
        }
        return name
    }

    /// The line of the file behind a line of the batch, both from 1.
    private func sourceLine(_ line: Int) -> Int {
        sourceLines.indices.contains(line - 1) ? sourceLines[line - 1] : line
    }

    // MARK: Words

    func describe(format: OutputFormat) throws {
        let summary = Summary(
            captions: items.count, samples: specification.samples, images: items.count * specification.samples)
        guard format == .table else { return try Console.current.printJSON(summary, format: format) }
        Console.current.print("\(source.name): \(size) are right; nothing was submitted (--dry-run)")
    }

    func report(_ batch: BatchView, format: OutputFormat) throws {
        guard format == .table else { return try Console.current.printJSON(batch, format: format) }
        Console.current.print("batch \(batch.id): \(size), model \(batch.model)")
        Console.current.note("follow it with: tedi batch watch \(batch.id)")
    }

    func announce(_ batch: BatchView) throws {
        Console.current.note("batch \(batch.id): \(size), model \(batch.model)")
    }

    private var size: String {
        let captions = ProgressLine.grouped(items.count) + (items.count == 1 ? " caption" : " captions")
        let images = items.count * specification.samples
        return
            "\(captions) x \(specification.samples) = \(ProgressLine.grouped(images)) \(images == 1 ? "image" : "images")"
    }

    /// Result of a dry run.
    private struct Summary: Encodable {
        let captions: Int
        let samples: Int
        let images: Int
    }
}
