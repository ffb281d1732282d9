import Artifacts
import Images
import Jobs

/// A picture ready to be stored, with all that its manifest will say.
struct Picture: Sendable {
    let job: ClaimedJob
    let png: ArtifactObject
    let code: ArtifactObject
    private let image: GeneratedImage

    /// Level of zlib: pictures are small and disks large, while the model waits for the cores.
    private static let compression = 1

    /// Encodes and hashes.
    init(_ job: ClaimedJob, _ image: GeneratedImage) throws(JobFailure) {
        self.job = job
        do {
            let picture = try RGBImage(width: image.width, height: image.height, pixels: image.pixels)
            png = ArtifactObject(try PNG.encode(picture, level: Self.compression), kind: .image)
            let width = image.code.count / max(1, image.layers)
            let code = try LatentCodeFile(layers: image.layers, width: width, values: image.code)
            self.code = ArtifactObject(code.encoded(), kind: .code)
        } catch {
            throw JobFailure(code: "model_error", message: "the model's output is malformed: \(error)", retryable: true)
        }
        var rest = image
        // Not needed any more, and large.
        rest.pixels = []
        self.image = rest
    }

    func manifest(model: ModelIdentity, worker: WorkerName, timings: [String: Double]) -> ArtifactManifest {
        ArtifactManifest(
            job: job.lease.job, epoch: job.lease.epoch, pack: .init(name: model.name, digest: model.digest),
            request: job.payload, seed: job.request.seed, sample: job.request.sample, attributes: image.attributes,
            code: .init(
                digest: code.digest, bytes: code.bytes.count, shape: [image.layers, image.code.count / image.layers]),
            image: .init(digest: png.digest, bytes: png.bytes.count, width: image.width, height: image.height),
            worker: worker.rawValue, versions: model.versions, timings: timings)
    }

    func result(manifest: ArtifactDigest, milliseconds: Int) -> JobResult {
        JobResult(
            imageDigest: png.digest.hex, bytes: png.bytes.count, width: image.width, height: image.height,
            codeDigest: code.digest.hex, manifestDigest: manifest.hex, milliseconds: milliseconds)
    }
}
