import Artifacts
import Captions
import FaceData
import Images
import JobDispatch
import Jobs
import LiveSystems
import Synchronization

/// A system whose worker echoes.
typealias LiveSystem = LiveSystems.LiveSystem<EchoModel>

/// Gives back what it was given with a tint that tells the seed, and scores that follow from the seed.
final class EchoModel: StandInModel {
    static let digest = String(repeating: "e", count: 64)
    static let side = 16

    static let announced = AnnouncedModel(
        name: "echo", digest: digest, resolution: side, layers: 1, vocabulary: CaptionGrammar.vocabulary.words,
        kinds: [.generate, .manipulate, .mix], abilities: [.words, .photos, .sketches, .labels, .scores])

    private let broken = Mutex(false)

    /// Whether every job fails for good.
    func breaks(_ value: Bool) { broken.withLock { $0 = value } }

    /// A score from 0 to 1.
    static func score(_ seed: UInt64, _ number: UInt64) -> Double { Double(seed >> (8 * number) & 255) / 255 }

    func work(on job: DispatchedJob, at bench: Workbench) async throws -> Fact.Event {
        let request = try JobRequest(decoding: job.payload)
        guard !broken.withLock({ $0 }) else {
            return .failed(JobFailure(code: "broken", message: "the worker was told to fail", retryable: false))
        }
        var image = RGBImage(width: Self.side, height: Self.side, filledWith: RGBColour(gray: 90))
        let inputs = request.inputs
        if case .artifact(let digest)? = inputs.photo ?? inputs.labels ?? inputs.sketch ?? inputs.sources.first,
            let name = ArtifactDigest(hex: digest)
        {
            image = try ImageFile.decode(try await bench.store.get(name))
        }
        image[0, 0] = RGBColour(
            red: UInt8(request.seed & 255), green: UInt8(request.seed >> 8 & 255), blue: UInt8(request.seed >> 16 & 255)
        )
        let png = try PNG.encode(image)
        let code = try LatentCodeFile(layers: 1, width: 1, values: [Float(request.seed % 1_000_003)]).encoded()
        let names = try await bench.store.putMany([
            ArtifactObject(png, kind: .image), ArtifactObject(code, kind: .code),
        ])
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
