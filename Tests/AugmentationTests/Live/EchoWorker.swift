import Artifacts
import Captions
import FaceData
import Images
import JobDispatch
import Jobs
import Logging
import Redis
import Synchronization

/// A worker without a model: it claims as a real one does, gives back what it was given with a tint that tells the seed,
/// and scores that follow from the seed.
final class EchoWorker: Sendable {
    static let digest = String(repeating: "e", count: 64)
    static let side = 16

    private static let model = AnnouncedModel(
        name: "echo", digest: digest, resolution: side, layers: 1, vocabulary: CaptionGrammar.vocabulary.words,
        kinds: [.generate, .manipulate, .mix], abilities: [.words, .photos, .sketches, .labels, .scores])

    private let name = WorkerName(sanitizing: "echo-1")
    private let dispatch: JobDispatch
    private let store: LocalArtifactStore
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let broken = Mutex(false)
    private let made = Mutex<Set<JobID>>([])

    /// Jobs that were done; one that was run again, its lease having run out, is one.
    var jobs: Int { made.withLock { $0.count } }

    init(redis: String, namespace: String, artifacts: String) throws {
        dispatch = JobDispatch(
            try RedisOptions(address: redis), configuration: DispatchConfiguration(namespace: namespace),
            logger: Logger(label: "test.echo"))
        store = LocalArtifactStore(directory: artifacts)
    }

    func start() async throws {
        try await dispatch.register(
            WorkerAnnouncement(
                name: name, host: "test", version: "0", device: "cpu", pool: WorkerAnnouncement.defaultPool,
                capacity: 32, models: [Self.model]))
        task.withLock { $0 = Task { await self.run() } }
    }

    func stop() async {
        let task = task.withLock { $0 }
        task?.cancel()
        await task?.value
        await dispatch.close()
    }

    /// Whether every job fails for good.
    func breaks(_ value: Bool) { broken.withLock { $0 = value } }

    private func run() async {
        while !Task.isCancelled {
            do {
                _ = try await dispatch.beat([], by: name)
                let lanes = try await dispatch.lanes(pool: WorkerAnnouncement.defaultPool, models: [Self.model])
                    .map(\.id)
                let jobs = try await dispatch.claim(32, from: lanes, by: name)
                guard !jobs.isEmpty else {
                    try await Task.sleep(for: .milliseconds(5))
                    continue
                }
                var facts: [(lease: Lease, event: Fact.Event)] = []
                for job in jobs { facts.append((job.lease, try await work(job))) }
                _ = try await dispatch.finish(facts, by: name)
                made.withLock { $0.formUnion(jobs.map(\.lease.job)) }
            } catch {
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// A score from 0 to 1.
    static func score(_ seed: UInt64, _ number: UInt64) -> Double { Double(seed >> (8 * number) & 255) / 255 }

    private func work(_ job: DispatchedJob) async throws -> Fact.Event {
        let request = try JobRequest(decoding: job.payload)
        guard !broken.withLock({ $0 }) else {
            return .failed(JobFailure(code: "broken", message: "the worker was told to fail", retryable: false))
        }
        var image = RGBImage(width: Self.side, height: Self.side, filledWith: RGBColour(gray: 90))
        let inputs = request.inputs
        if case .artifact(let digest)? = inputs.photo ?? inputs.labels ?? inputs.sketch ?? inputs.sources.first,
            let name = ArtifactDigest(hex: digest)
        {
            image = try ImageFile.decode(try await store.get(name))
        }
        image[0, 0] = RGBColour(
            red: UInt8(request.seed & 255), green: UInt8(request.seed >> 8 & 255), blue: UInt8(request.seed >> 16 & 255)
        )
        let png = try PNG.encode(image)
        let code = try LatentCodeFile(layers: 1, width: 1, values: [Float(request.seed % 1_000_003)]).encoded()
        let names = try await store.putMany([ArtifactObject(png, kind: .image), ArtifactObject(code, kind: .code)])
        var scores: [JobScore: Double] = [:]
        if request.options.scores {
            scores = [
                .identity: Self.score(request.seed, 1), .drift: Self.score(request.seed, 2),
                .artefact: Self.score(request.seed, 3),
            ]
            if !request.caption.isEmpty { scores[.similarity] = Self.score(request.seed, 4) }
        }
        return .done(
            JobResult(
                imageDigest: names[0].hex, bytes: png.count, width: image.width, height: image.height,
                codeDigest: names[1].hex, milliseconds: 1, details: JobDetails(scores: scores)))
    }
}
