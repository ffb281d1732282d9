import Artifacts
import Images
import JobDispatch
import Jobs
import Logging
import Redis
import Synchronization

/// A worker without a model: it claims as a real one does, paints a square whose colour tells seed and sample, and
/// refuses captions that ask it to.
final class PaintingWorker: Sendable {
    static let digest = String(repeating: "e", count: 64)

    private static let model = AnnouncedModel(
        name: "painter", digest: digest, resolution: 8, layers: 1,
        vocabulary: ["a", "man", "woman", "with", "hat", "fail"])

    private let name = WorkerName(sanitizing: "painter-1")
    private let dispatch: JobDispatch
    private let store: LocalArtifactStore
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let isPaused = Mutex(false)

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
        let bytes = try PNG.encode(Self.picture(seed: request.seed, sample: request.sample))
        let digest = try await store.put(bytes, .image)
        return .done(
            JobResult(
                imageDigest: digest.hex, bytes: bytes.count, width: 8, height: 8, codeDigest: digest.hex,
                milliseconds: 1))
    }
}
