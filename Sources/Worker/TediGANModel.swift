import Captions
package import Jobs
import TediGAN
import Torch
package import WorkerRuntime

/// The model core as the worker's ``ImageModel``.
///
/// Every forward pass has the same number of rows: a group that is smaller is filled up with repetitions of its first
/// request. LibTorch sums in another order for another batch size, which may move a byte by one; with the size fixed,
/// one request gives the same bytes whenever it runs on a machine, whoever it runs with.
package final class TediGANModel: ImageModel {
    package let identity: ModelIdentity
    private let pipeline: TextToImage
    private let batch: Int

    /// Opens a pack, checks it and loads its networks.
    /// - Parameters:
    ///   - path: folder of the pack.
    ///   - device: `cpu`, `cuda` or `cuda:<n>`.
    ///   - precision: of the pixels inside the generator; manifests tell of `bfloat16`.
    ///   - threads: threads of one tensor operation; 0 leaves it to LibTorch.
    ///   - batch: rows of every forward pass; 1 for groups of any size as they come.
    package init(
        path: String, device name: String, precision: PixelPrecision = .float32, threads: Int, batch: Int
    ) throws(ModelError) {
        guard let device = Device(name) else {
            throw .failed("the device “\(name)” is not cpu, cuda or cuda:<number>")
        }
        if case .cuda(let index) = device, index >= Torch.cudaDeviceCount {
            throw .failed("the device \(device) is not there: LibTorch sees \(Torch.cudaDeviceCount) CUDA devices")
        }
        if threads > 0 { Torch.threadCount = threads }
        do throws(TediGANError) {
            let pack = try ModelPack(opening: path)
            pipeline = try TextToImage(
                pack: pack, device: device, precision: precision == .bfloat16 ? .bfloat16 : nil)
        } catch {
            throw .failed(error.description)
        }
        self.batch = max(1, batch)
        let manifest = pipeline.manifest
        identity = ModelIdentity(
            name: manifest.name, digest: pipeline.digest, resolution: manifest.resolution, layers: manifest.layers,
            vocabulary: Array((manifest.vocabulary?.words ?? []).dropFirst()),
            device: device.description,
            versions: precision == .float32
                ? Versions.all : Versions.all.merging(["pixels": precision.rawValue]) { $1 })
    }

    package func objection(to request: JobRequest) -> String? {
        guard request.model == identity.digest else {
            return "the request asks for the model \(request.model); this worker runs \(identity.digest)"
        }
        do throws(TediGANError) {
            _ = try pipeline.read(request.caption)
            return nil
        } catch {
            return error.description
        }
    }

    package func generate(_ requests: [JobRequest]) throws(ModelError) -> [GeneratedImage] {
        guard let first = requests.first else { return [] }
        let missing = (batch - requests.count % batch) % batch
        let rows = (requests + Array(repeating: first, count: missing)).map { request in
            TextToImageRequest(
                caption: request.caption, seed: request.seed, sample: request.sample, truncation: request.truncation)
        }
        do throws(TediGANError) {
            return try pipeline.generate(rows).prefix(requests.count).map(picture)
        } catch {
            if case .nothingNamed = error { throw .refused(error.description) }
            throw .failed(error.description)
        }
    }

    private func picture(_ face: GeneratedFace) -> GeneratedImage {
        let attributes = face.attributes.map { ($0.attribute, $0.isPresent ? "present" : "absent") }
        return GeneratedImage(
            pixels: face.pixels, width: face.width, height: face.height, code: face.code, layers: identity.layers,
            attributes: Dictionary(attributes) { first, _ in first })
    }

    package func selfTest() throws(ModelError) {
        let phrases = pipeline.manifest.policy.attributes.flatMap { $0.positive + $0.negative }
        let sample = phrases.lazy
            .map { JobRequest(caption: $0, seed: 1, sample: 0, model: self.identity.digest) }
            .first { self.objection(to: $0) == nil }
        guard let sample else {
            throw .failed("the pack's layer policy names no attribute by words that its vocabulary has")
        }
        _ = try generate([sample])
    }
}
