import Artifacts
import Images
import Jobs

/// What a job drew, ready to be stored, with all that its manifest will say.
///
/// Of a sequence every frame is an output, `frame-000.png` and so on. Where an animation was asked for, the picture is
/// all of them in one animated PNG; else it is the frame in the middle.
struct Picture: Sendable {
    let job: ClaimedJob
    let png: ArtifactObject
    /// The code; of a job without one, such as an evaluation, its first file.
    let code: ArtifactObject
    /// The bytes of the outputs.
    let extras: [ArtifactObject]
    private let details: JobDetails
    private let shape: [Int]
    private let width: Int
    private let height: Int
    private let attributes: [String: String]

    /// Level of zlib: pictures are small and disks large, while the model waits for the cores.
    private static let compression = 1
    /// Least time that a frame is shown, and least time of one round of an animation, in milliseconds.
    private static let (shortestFrame, shortestRound) = (40, 2_000)

    /// Encodes and hashes.
    init(_ job: ClaimedJob, _ image: GeneratedImage) throws(JobFailure) {
        self.job = job
        (width, height, attributes) = (image.width, image.height, image.attributes)
        do {
            let frames = try image.frames.map { pixels in
                try PNG.encode(
                    RGBImage(width: image.width, height: image.height, pixels: pixels), level: Self.compression)
            }
            if !frames.isEmpty, job.request.options.format == .animation {
                let time = max(Self.shortestFrame, Self.shortestRound / frames.count)
                png = ArtifactObject(try AnimatedPNG.joining(frames, milliseconds: time), kind: .image)
            } else {
                let picture = try RGBImage(width: image.width, height: image.height, pixels: image.pixels)
                png = ArtifactObject(try PNG.encode(picture, level: Self.compression), kind: .image)
            }
            let files =
                frames.enumerated().map { number, bytes in
                    GeneratedFile(name: Self.nameOfFrame(number), bytes: bytes, kind: .image)
                } + image.files
            try Self.check(files.map(\.name))
            extras = files.map { ArtifactObject($0.bytes, kind: $0.kind) }
            details = JobDetails(
                outputs: zip(files, extras).map { file, object in
                    JobOutput(name: file.name, digest: object.digest.hex, bytes: object.bytes.count)
                },
                scores: image.scores.filter { abs($0.value) <= 1e300 })
            if image.code.isEmpty, let first = extras.first {
                (code, shape) = (first, [])
            } else {
                shape = [image.layers, image.code.count / max(1, image.layers)]
                let file = try LatentCodeFile(layers: shape[0], width: shape[1], values: image.code)
                code = ArtifactObject(file.encoded(), kind: .code)
            }
        } catch {
            throw JobFailure(code: "model_error", message: "the model's output is malformed: \(error)", retryable: true)
        }
        // The store would refuse everything that is put with it, and again the next time.
        if let large = objects.first(where: { $0.bytes.count > $0.kind.limit }) {
            throw JobFailure(
                code: "too_large",
                message: "what came of the job has \(large.bytes.count) bytes; the limit is \(large.kind.limit)",
                retryable: false)
        }
    }

    /// Everything to be stored.
    var objects: [ArtifactObject] { [png, code] + extras }

    func manifest(model: ModelIdentity, worker: WorkerName, timings: [String: Double]) -> ArtifactManifest {
        ArtifactManifest(
            job: job.lease.job, epoch: job.lease.epoch, pack: .init(name: model.name, digest: model.digest),
            request: job.payload, seed: job.request.seed, sample: job.request.sample, attributes: attributes,
            code: .init(digest: code.digest, bytes: code.bytes.count, shape: shape),
            image: .init(digest: png.digest, bytes: png.bytes.count, width: width, height: height),
            worker: worker.rawValue, versions: model.versions, timings: timings,
            inputs: job.request.inputs.keys.compactMap { key in
                key.artifact.map { ArtifactManifest.File(name: key.field.rawValue, digest: $0) }
            },
            details: details)
    }

    func result(manifest: ArtifactDigest, milliseconds: Int) -> JobResult {
        JobResult(
            imageDigest: png.digest.hex, bytes: png.bytes.count, width: width, height: height,
            codeDigest: code.digest.hex, manifestDigest: manifest.hex, milliseconds: milliseconds, details: details)
    }

    private static func nameOfFrame(_ number: Int) -> String {
        let digits = "\(number)"
        return "frame-\(String(repeating: "0", count: max(0, 3 - digits.count)))\(digits).png"
    }

    /// A name that cannot be reported would end in a report that nobody can read.
    private static func check(_ names: [String]) throws(ArtifactError) {
        guard names.count <= JobDetails.maximumOutputs, Set(names).count == names.count else {
            throw ArtifactError(
                .tooLarge, "\(names.count) outputs; up to \(JobDetails.maximumOutputs) with different names are allowed"
            )
        }
        for name in names {
            guard (1...JobDetails.maximumNameBytes).contains(name.utf8.count), !name.hasPrefix("."),
                name.utf8.allSatisfy({ isLetterOrDigit($0) || [0x2D, 0x2E, 0x5F].contains($0) })
            else { throw ArtifactError(.corrupt, "an output cannot be called “\(name)”") }
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
