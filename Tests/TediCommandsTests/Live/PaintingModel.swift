import Artifacts
import Images
import JobDispatch
import Jobs
import LiveSystems
import Synchronization

/// A system whose worker paints flat squares.
typealias LiveSystem = LiveSystems.LiveSystem<PaintingModel>

/// Paints a square whose colour tells seed and sample, whatever the kind of work, and refuses captions that ask it to.
final class PaintingModel: StandInModel {
    static let announced = AnnouncedModel(
        name: "painter", digest: String(repeating: "e", count: 64), resolution: 8, layers: 1,
        vocabulary: ["a", "man", "woman", "with", "hat", "fail"], kinds: JobKind.allCases,
        abilities: Set(Ability.allCases))

    private let isHolding = Mutex(false)

    /// Lets optimisations stay at half of their steps until it is told to go on.
    func hold(_ holds: Bool) { isHolding.withLock { $0 = holds } }

    /// The picture of a request.
    static func picture(seed: UInt64, sample: Int) -> RGBImage {
        RGBImage(
            width: 8, height: 8,
            filledWith: RGBColour(red: UInt8(seed & 255), green: UInt8(sample & 255), blue: UInt8(seed >> 8 & 255)))
    }

    func work(on job: DispatchedJob, at bench: Workbench) async throws -> Fact.Event {
        let request = try JobRequest(decoding: job.payload)
        guard !request.caption.contains("fail") else {
            return .failed(JobFailure(code: "unpaintable", message: "it asked for it", retryable: false))
        }
        for input in request.inputs.references {
            // Whatever a job names must have become an artifact, and be there.
            guard case .artifact(let hex) = input, let digest = ArtifactDigest(hex: hex) else {
                return .failed(JobFailure(code: "bad_input", message: "it names \(input.text)", retryable: false))
            }
            _ = try await bench.store.get(digest)
        }
        if request.kind == .optimize { try await report(job, request, bench) }
        let bytes = try PNG.encode(Self.picture(seed: request.seed, sample: request.sample))
        let digest = try await bench.store.put(bytes, .image)
        let code = try LatentCodeFile(layers: 1, width: 2, values: [Float(request.seed), Float(request.sample)])
        let codeDigest = try await bench.store.put(code.encoded(), .code)
        return .done(
            JobResult(
                imageDigest: digest.hex, bytes: bytes.count, width: 8, height: 8, codeDigest: codeDigest.hex,
                milliseconds: 1, details: try await details(of: request, bench)))
    }

    /// Half of the steps, with a preview, for as long as somebody wants to look at it.
    private func report(_ job: DispatchedJob, _ request: JobRequest, _ bench: Workbench) async throws {
        let preview = try await bench.store.put(try PNG.encode(Self.picture(seed: 99, sample: 99)), .image)
        let curve = try await bench.store.put(Array(#"{"steps":[1],"losses":{"total":[0.5]}}"#.utf8), .code)
        let total = request.options.steps ?? 100
        let progress = JobProgress(
            step: total / 2, total: total, note: "loss 0.5", preview: preview.hex, curve: curve.hex)
        _ = try await bench.dispatch.report([(job.lease, .progress(progress))], by: bench.worker)
        while isHolding.withLock({ $0 }), !Task.isCancelled {
            _ = try await bench.dispatch.beat([job.lease], by: bench.worker)
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func details(of request: JobRequest, _ bench: Workbench) async throws -> JobDetails {
        var details = JobDetails()
        if request.options.scores { details.scores = [.similarity: 0.75, .drift: 0.125] }
        if request.kind == .interpolate {
            for frame in 0..<(request.options.frames ?? 2) {
                let bytes = try PNG.encode(Self.picture(seed: request.seed, sample: frame))
                let digest = try await bench.store.put(bytes, .image)
                details.outputs.append(
                    JobOutput(name: "frame-00\(frame).png", digest: digest.hex, bytes: bytes.count))
            }
        }
        if request.kind == .evaluate, case .artifact(let hex)? = request.inputs.index,
            let digest = ArtifactDigest(hex: hex)
        {
            let lines = try await bench.store.get(digest).split(separator: UInt8(ascii: "\n")).count
            let report = Array(#"{"images":\#(lines),"similarity":{"mean":0.75}}"#.utf8)
            details.outputs = [
                JobOutput(
                    name: "report.json", digest: try await bench.store.put(report, .code).hex, bytes: report.count)
            ]
        }
        return details
    }
}
