import Client
import Foundation
import JobAPI
import Jobs
import Reporting

/// A list of what to make that was found right, with all that its jobs have in common.
struct Submission: Sendable {
    /// Name of the list, for messages.
    let name: String
    let file: CaptionFile
    let specification: BatchSpecification
    let hasModel: Bool

    /// Reads and checks everything that can be checked without a coordinator; blocks while it reads.
    init(_ order: SubmissionOrder) throws(CommandError) {
        specification = order.specification
        hasModel = order.hasModel
        var files = LocalFiles(folder: order.source?.folder)
        var plan = ItemPlan(kind: specification.kind, columns: order.columns, options: specification.options)
        plan.defaults = try files.named(order.defaults)
        if let source = order.source {
            name = source.name
            file = try CaptionFile.load(
                source, format: order.format, plan: plan, files: files, search: order.programs
            ) {
                SubmissionFailure.refusal(count: $0)
            }
        } else {
            name = "<command line>"
            var drafts: [ItemDraft] = []
            for draft in order.lines { drafts.append(try files.named(draft)) }
            file = CaptionFile(drafts: drafts, plan: plan, files: files)
            try file.refuseMistakes(name: name) { SubmissionFailure.refusal(count: $0) }
        }
        guard images <= BatchSpecification.maximumJobs else {
            throw .badInput(
                "\(file.items.count) \(lineWord(2)) with \(specification.variants) samples are more than "
                    + "\(BatchSpecification.maximumJobs) images",
                remedy: "Split the file or ask for fewer samples. Nothing was submitted.")
        }
    }

    /// Items that a command has made itself.
    init(_ lines: [ItemDraft], _ specification: BatchSpecification) throws(CommandError) {
        try self.init(SubmissionOrder(lines: lines, specification: specification, hasModel: true))
    }

    /// Jobs of the batch.
    var images: Int { file.items.count * specification.variants }

    // MARK: Sending

    /// Uploads the files that it names, creates the batch, fills it and seals it; a batch that cannot be completed is
    /// given up.
    func send(by client: TediClient) async throws -> BatchView {
        // Where there is no coordinator at all, that is told soon; one that is in trouble gets more time: its batch has
        // a key, so asking again makes no second one.
        try await client.reach()
        let client = client.retrying(.patient)
        let body = try await body(by: client)
        let items = try await resolvedItems(by: client.retrying(.persistent))
        if let few = try few(items) { return try await submit(body, few, by: client) }
        let batch = try await client.createBatch(body, idempotencyKey: UUID().uuidString)
        // From here on a restart of the coordinator must not cost the upload.
        let steady = client.retrying(.persistent)
        var isSealing = false
        do throws(ClientError) {
            try await upload(items, to: batch.id, by: steady)
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
            throw SubmissionFailure(error: error, batch: batch.id, fate: fate).described(file: name) {
                sourceLine($0)
            }
        }
    }

    /// What goes over HTTP of all that the jobs have in common.
    func body(by client: TediClient) async throws -> CreateBatchBody {
        let model = hasModel ? specification.model : try await Self.onlyModel(of: client)
        var body = CreateBatchBody(
            name: specification.name, model: model, samples: specification.samples, seed: specification.seed,
            truncation: specification.truncation)
        body.options = try OptionsBody(specification.options)
        body.truncations = specification.truncations.isEmpty ? nil : specification.truncations
        body.styles = specification.styles.isEmpty ? nil : specification.styles
        body.after = specification.after?.rawValue
        body.fill(from: specification)
        return body
    }

    /// The items with the digests of their files, which are in the store by then.
    private func resolvedItems(by client: TediClient) async throws -> ItemLines {
        guard !file.files.paths.isEmpty else { return file.items }
        let receipt = try await FileUpload(paths: file.files.paths).run(by: client)
        let were = receipt.kept == 1 ? "was" : "were"
        let there = receipt.kept > 0 ? ", \(ProgressLine.grouped(receipt.kept)) \(were) there" : ""
        let files = receipt.sent == 1 ? "file" : "files"
        Console.current.note("\(ProgressLine.grouped(receipt.sent)) \(files) uploaded\(there)")
        return try await blocking {
            var items = ItemLines()
            for line in file.items.lines { items.append(file.files.resolve(line, digests: receipt.digests)) }
            return items
        }
    }

    /// The items, where they fit into the request that creates the batch.
    private func few(_ items: ItemLines) throws -> [CronItem]? {
        // In half of the limit there is room for every escape that JSON may add.
        guard items.count <= Limits.maximumSubmissionItems, images <= Limits.maximumSubmissionJobs,
            items.bytes.count <= Limits.maximumSubmissionBytes / 2
        else { return nil }
        return try items.lines.map { try WireFormat.decode(CronItem.self, from: Data($0)) }
    }

    /// Hands everything over in one request, which makes a batch that runs or none.
    private func submit(
        _ body: CreateBatchBody, _ few: [CronItem], by client: TediClient
    ) async throws -> BatchView {
        Console.current.progress("handing \(few.count) \(lineWord(few.count)) over …")
        defer { Console.current.clearProgress() }
        do throws(ClientError) {
            return try await client.submit(body, items: few, idempotencyKey: UUID().uuidString)
        } catch {
            guard case .problem(let problem) = error, !problem.errors.isEmpty else { throw error }
            throw SubmissionFailure.refused(problem.errors, file: name) { sourceLine($0) }
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

    private func upload(_ items: ItemLines, to batch: Int64, by client: TediClient) async throws(ClientError) {
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
        file.sourceLines.indices.contains(line - 1) ? file.sourceLines[line - 1] : line
    }
}

extension CronItem {
    /// The same item as it goes over HTTP.
    init(_ item: CaptionItem) throws {
        var bytes: [UInt8] = []
        item.encode(into: &bytes)
        self = try WireFormat.decode(CronItem.self, from: Data(bytes))
    }
}
