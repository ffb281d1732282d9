import Artifacts
import Images
import JobDispatch
import Jobs
import Logging
import Redis
import Synchronization

/// A worker without a model: it claims as a real one does, whatever the kind of work, paints a square whose colour tells
/// seed and sample, and refuses captions that ask it to.
final class PaintingWorker: Sendable {
    static let digest = String(repeating: "e", count: 64)

    private static let model = AnnouncedModel(
        name: "painter", digest: digest, resolution: 8, layers: 1,
        vocabulary: ["a", "man", "woman", "with", "hat", "fail"], kinds: JobKind.allCases,
        abilities: Set(Ability.allCases))

    private let name = WorkerName(sanitizing: "painter-1")
    private let dispatch: JobDispatch
    private let store: LocalArtifactStore
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let isPaused = Mutex(false)
    private let isHolding = Mutex(false)

    init(redis: String, namespace: String, artifacts: String) throws {
        dispatch = JobDispatch(
            try RedisOptions(address: redis), configuration: DispatchConfiguration(namespace: namespace),
            logger: Logger(label: "test.painter"))
        store = LocalArtifactStore(directory: artifacts)
    }

    /// Announces itself and begins to work.
    func start() async throws {
        try await dispatch.register(
            WorkerAnnouncement(
                name: name, host: "test", version: "0", device: "cpu", pool: WorkerAnnouncement.defaultPool,
                capacity: 8, models: [Self.model]))
        task.withLock { $0 = Task { await self.run() } }
    }

    /// Claims nothing until it is told to go on.
    func pause(_ pauses: Bool) { isPaused.withLock { $0 = pauses } }

    /// Lets optimisations stay at half of their steps until it is told to go on.
    func hold(_ holds: Bool) { isHolding.withLock { $0 = holds } }

    func stop() async {
        let task = task.withLock { $0 }
        task?.cancel()
        await task?.value
        await dispatch.close()
    }

    /// The picture of a request.
    static func picture(seed: UInt64, sample: Int) -> RGBImage {
        RGBImage(
            width: 8, height: 8,
            filledWith: RGBColour(red: UInt8(seed & 255), green: UInt8(sample & 255), blue: UInt8(seed >> 8 & 255)))
    }

    private func run() async {
        while !Task.isCancelled {
            do {
                _ = try await dispatch.beat([], by: name)
                let lanes = try await dispatch.lanes(pool: WorkerAnnouncement.defaultPool, models: [Self.model]).map(
                    \.id)
                let jobs = isPaused.withLock { $0 } ? [] : try await dispatch.claim(16, from: lanes, by: name)
                guard !jobs.isEmpty else {
                    try await Task.sleep(for: .milliseconds(10))
                    continue
                }
                var facts: [(lease: Lease, event: Fact.Event)] = []
                for job in jobs { facts.append((job.lease, try await paint(job))) }
                _ = try await dispatch.finish(facts, by: name)
            } catch {
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    private func paint(_ job: DispatchedJob) async throws -> Fact.Event {
        let request = try JobRequest(decoding: job.payload)
        guard !request.caption.contains("fail") else {
            return .failed(JobFailure(code: "unpaintable", message: "it asked for it", retryable: false))
        }
        for input in request.inputs.references {
            // Whatever a job names must have become an artifact, and be there.
            guard case .artifact(let hex) = input, let digest = ArtifactDigest(hex: hex) else {
                return .failed(JobFailure(code: "bad_input", message: "it names \(input.text)", retryable: false))
            }
            _ = try await store.get(digest)
        }
        if request.kind == .optimize { try await report(job, request) }
        let bytes = try PNG.encode(Self.picture(seed: request.seed, sample: request.sample))
        let digest = try await store.put(bytes, .image)
        let code = try LatentCodeFile(layers: 1, width: 2, values: [Float(request.seed), Float(request.sample)])
        let codeDigest = try await store.put(code.encoded(), .code)
        return .done(
            JobResult(
                imageDigest: digest.hex, bytes: bytes.count, width: 8, height: 8, codeDigest: codeDigest.hex,
                milliseconds: 1, details: try await details(of: request)))
    }

    /// Half of the steps, with a preview, for as long as somebody wants to look at it.
    private func report(_ job: DispatchedJob, _ request: JobRequest) async throws {
        let preview = try await store.put(try PNG.encode(Self.picture(seed: 99, sample: 99)), .image)
        let curve = try await store.put(Array(#"{"steps":[1],"losses":{"total":[0.5]}}"#.utf8), .code)
        let total = request.options.steps ?? 100
        let progress = JobProgress(
            step: total / 2, total: total, note: "loss 0.5", preview: preview.hex, curve: curve.hex)
        _ = try await dispatch.report([(job.lease, .progress(progress))], by: name)
        while isHolding.withLock({ $0 }), !Task.isCancelled {
            _ = try await dispatch.beat([job.lease], by: name)
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func details(of request: JobRequest) async throws -> JobDetails {
        var details = JobDetails()
        if request.options.scores { details.scores = [.similarity: 0.75, .drift: 0.125] }
        if request.kind == .interpolate {
            for frame in 0..<(request.options.frames ?? 2) {
                let bytes = try PNG.encode(Self.picture(seed: request.seed, sample: frame))
                let digest = try await store.put(bytes, .image)
                details.outputs.append(
                    JobOutput(name: "frame-00\(frame).png", digest: digest.hex, bytes: bytes.count))
            }
        }
        if request.kind == .evaluate, case .artifact(let hex)? = request.inputs.index,
            let digest = ArtifactDigest(hex: hex)
        {
            let lines = try await store.get(digest).split(separator: UInt8(ascii: "\n")).count
            let report = Array(#"{"images":\#(lines),"similarity":{"mean":0.75}}"#.utf8)
            details.outputs = [
                JobOutput(name: "report.json", digest: try await store.put(report, .code).hex, bytes: report.count)
            ]
        }
        return details
    }
}
