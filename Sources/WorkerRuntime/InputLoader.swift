import Artifacts
import Images
import Jobs
import Logging
import Telemetry

/// Fetches and decodes what claimed jobs refer to, before the model gets them.
///
/// A job is noted as begun before its inputs are looked at: should a file ever take its decoder down, it is known under
/// which jobs that happened. For the same reason nothing is fetched ahead while a job is held that is suspected of
/// taking workers down, see ``HeldJobs/hasSuspect``.
final class InputLoader: Sendable {
    /// Most bytes of decoded inputs that wait for the model; jobs beyond get theirs when it is their turn.
    static let waitingBytes = 256 << 20
    /// Files that are fetched at the same time.
    private static let width = 4

    private let queue: QueueLink
    private let held: HeldJobs
    private let outbox: Outbox
    private let gate: StoreGate
    private let artifacts: any ArtifactStore
    private let decoder = InputDecoder(threads: width)
    private let logger: Logger

    init(
        queue: QueueLink, held: HeldJobs, outbox: Outbox, gate: StoreGate, artifacts: any ArtifactStore, logger: Logger
    ) {
        self.queue = queue
        self.held = held
        self.outbox = outbox
        self.gate = gate
        self.artifacts = artifacts
        self.logger = logger
    }

    /// Fetches what there is room for; jobs that failed over it, or have to wait for the store, are reported.
    /// - Parameters:
    ///   - jobs: jobs that were claimed.
    ///   - bytes: bytes of inputs that wait already.
    /// - Returns: the others in order, some of them perhaps without their inputs still.
    func ahead(of jobs: [ClaimedJob], waiting bytes: Int) async -> [ClaimedJob] {
        guard !held.hasSuspect, bytes < Self.waitingBytes else { return jobs }
        return await load(jobs, budget: Self.waitingBytes - bytes)
    }

    /// Fetches everything that is missing; jobs that failed over it, or have to wait for the store, are reported.
    /// - Returns: the others, in order.
    func complete(_ jobs: [ClaimedJob]) async -> [ClaimedJob] {
        await load(jobs, budget: .max)
    }

    private func load(_ jobs: [ClaimedJob], budget: Int) async -> [ClaimedJob] {
        guard jobs.contains(where: { !$0.hasInputs }) else { return jobs }
        var jobs = jobs.filter { $0.hasInputs || held.advance($0.lease, to: .loading) }
        let missing = jobs.indices.filter { !jobs[$0].hasInputs }
        await queue.begin(missing.filter { !jobs[$0].hasBegun }.map { jobs[$0].lease })
        let leases = missing.map { jobs[$0].lease }
        let found = await fetch(missing.map { jobs[$0].request.inputs }, budget: budget) {
            // Many large files one after the other take their time, and yet it goes on.
            for lease in leases { self.held.touch(lease) }
        }
        var ended: Set<Lease> = []
        var facts: [Fact] = []
        for index in missing {
            jobs[index].hasBegun = true
            do throws(InputProblem) {
                jobs[index].inputs = try Self.assemble(jobs[index].request.inputs, from: found)
                if !held.advance(jobs[index].lease, to: .waiting) { ended.insert(jobs[index].lease) }
            } catch {
                ended.insert(jobs[index].lease)
                facts.append(queue.fact(jobs[index].lease, event(error)))
            }
        }
        await outbox.add(facts)
        return jobs.filter { !ended.contains($0.lease) }
    }

    private func event(_ problem: InputProblem) -> Fact.Event {
        switch problem {
        case .unusable(let message): return .failed(JobFailure(code: "bad_input", message: message, retryable: false))
        case .damaged(let message):
            return .failed(JobFailure(code: "artifact_error", message: message, retryable: true))
        case .away(let error):
            gate.failed(error, bytes: 1)
            return .snoozed(.seconds(Int.random(in: 2...6)))
        }
    }

    // MARK: Fetching

    /// What became of each file; one that many jobs refer to is fetched once.
    private typealias Found = [InputKey: Result<ModelInput, InputProblem>]

    private func fetch(_ inputs: [JobInputs], budget: Int, eachTime note: () -> Void) async -> Found {
        var seen: Set<InputKey> = []
        let keys = inputs.flatMap(\.keys).filter { seen.insert($0).inserted }
        // Whatever the budget says, one job can go on.
        let least = Set(inputs.first?.keys ?? []).count
        return await withTaskGroup(of: (InputKey, Result<ModelInput, InputProblem>).self) { group in
            var found: Found = [:]
            var bytes = 0
            var next = 0
            func start() {
                guard next < keys.count, next < least || bytes < budget else { return }
                let key = keys[next]
                next += 1
                group.addTask { (key, await self.input(key)) }
            }
            for _ in 0..<Self.width { start() }
            while let (key, result) = await group.next() {
                note()
                found[key] = result
                bytes += (try? result.get())?.bytes ?? 0
                start()
            }
            return found
        }
    }

    private func input(_ key: InputKey) async -> Result<ModelInput, InputProblem> {
        do throws(InputProblem) {
            return .success(try await decoder.decode(try await fetch(key), as: key))
        } catch {
            return .failure(error)
        }
    }

    private func fetch(_ key: InputKey) async throws(InputProblem) -> [UInt8] {
        guard let digest = key.artifact else {
            throw .unusable("\(key.text) is not resolved: a worker reads artifacts only")
        }
        do throws(ArtifactError) {
            if let size = try await artifacts.size(of: digest) {
                guard size <= ArtifactKind.input.limit else {
                    throw ArtifactError(
                        .tooLarge, "\(key.text) has \(size) bytes; the limit is \(ArtifactKind.input.limit)")
                }
                return try await artifacts.get(digest)
            }
            // Not there, or is the whole store not there?
            try await artifacts.checkPresence()
        } catch {
            if error.isInfrastructure { throw .away(error) }
            if error.code == .corrupt { throw .damaged(error.message) }
            throw .unusable(error.code == .notFound ? "\(key.text) is not in the artifact store" : error.message)
        }
        throw .unusable("\(key.text) is not in the artifact store; upload it and submit the job again")
    }

    /// The inputs of a job, or `nil` where some were not fetched.
    private static func assemble(_ inputs: JobInputs, from found: Found) throws(InputProblem) -> ModelInputs? {
        var result = ModelInputs()
        for key in inputs.keys {
            guard let input = try found[key]?.get() else { return nil }
            switch key.field {
            case .photo: result.photo = input
            case .sketch: result.sketch = input
            case .labels: result.labels = input
            case .code: result.code = input
            case .index: result.index = input
            case .sources: result.sources.append(input)
            case .noise: break
            }
        }
        return result
    }
}

/// Why a job cannot have its inputs.
enum InputProblem: Error {
    /// The file is not what it should be, or not there; it will be no better next time.
    case unusable(String)
    /// The store has other bytes than those that were put there.
    case damaged(String)
    /// The store cannot be read now.
    case away(ArtifactError)
}

/// A file as a job refers to it.
struct InputKey: Hashable, Sendable {
    let field: JobInputs.Field
    let reference: InputReference

    var artifact: ArtifactDigest? {
        if case .artifact(let digest) = reference { ArtifactDigest(hex: digest) } else { nil }
    }

    /// For people: “the photo sha256:0123456789ab…”.
    var text: String {
        let name =
            switch field {
            case .labels: "label map"
            case .sources: "source"
            case .photo, .sketch, .code, .index, .noise: field.rawValue
            }
        let text = reference.text
        return "the \(name) \(text.prefix(19))\(text.count > 19 ? "…" : "")"
    }
}

extension JobInputs {
    /// Every file in a fixed order, sources as often as they are named.
    var keys: [InputKey] {
        let single: [(Field, InputReference?)] = [
            (.photo, photo), (.sketch, sketch), (.labels, labels), (.code, code), (.index, index),
        ]
        return single.compactMap { field, reference in reference.map { InputKey(field: field, reference: $0) } }
            + sources.map { InputKey(field: .sources, reference: $0) }
    }
}

extension ModelInput {
    /// Memory that it takes.
    var bytes: Int {
        switch self {
        case .picture(let picture): picture.pixels.count
        case .code(let code): code.values.count * 4
        case .index(let bytes): bytes.count
        }
    }
}

extension ModelInputs {
    /// Memory that they take.
    var bytes: Int {
        let single = [photo, sketch, labels, code, index].reduce(0) { $0 + ($1?.bytes ?? 0) }
        return single + sources.reduce(0) { $0 + $1.bytes }
    }
}
