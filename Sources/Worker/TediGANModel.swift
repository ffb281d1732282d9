import Captions
package import Jobs
import TediGAN
import Torch
package import WorkerRuntime

/// The model core as the worker's ``ImageModel``.
///
/// Every forward pass has the same number of rows; what is missing is filled up. LibTorch sums in another order for
/// another batch size, which may move a byte by one; with the size fixed, one request gives the same bytes whenever it
/// runs on a machine, whoever it runs with.
package final class TediGANModel: ImageModel {
    package let identity: ModelIdentity
    let faces: FaceSynthesis
    let pack: ModelPack
    let device: Device
    var pausedEvaluation: PausedEvaluation?

    /// Opens a pack, checks it and loads its networks.
    /// - Parameters:
    ///   - path: folder of the pack.
    ///   - device: `cpu`, `cuda` or `cuda:<n>`.
    ///   - precision: of the pixels inside the generator; manifests tell of `bfloat16`.
    ///   - threads: threads of one tensor operation; 0 leaves it to LibTorch.
    ///   - batch: rows of every forward pass.
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
            pack = try ModelPack(opening: path)
            faces = try FaceSynthesis(
                pack: pack, device: device, rows: batch, precision: precision == .bfloat16 ? .bfloat16 : nil)
        } catch {
            throw .failed(error.description)
        }
        self.device = device
        let manifest = faces.manifest
        let abilities = Set(faces.abilities.compactMap { Ability(rawValue: $0.rawValue) })
        identity = ModelIdentity(
            name: manifest.name, digest: faces.digest, resolution: manifest.resolution, layers: manifest.layers,
            vocabulary: Array((manifest.vocabulary?.words ?? []).dropFirst()), kinds: Self.kinds(with: abilities),
            abilities: abilities, device: device.description,
            versions: precision == .float32
                ? Versions.all : Versions.all.merging(["pixels": precision.rawValue]) { $1 })
    }

    /// The kinds of work that can be done with some abilities; codes can be mixed by any pack.
    private static func kinds(with abilities: Set<Ability>) -> [JobKind] {
        JobKind.allCases.filter { kind in
            switch kind {
            case .generate, .mix, .interpolate: true
            case .manipulate: abilities.contains(.words)
            case .invert: abilities.contains(.photos)
            case .optimize: abilities.contains(.words) || abilities.contains(.photos)
            case .evaluate: abilities.contains(.scores)
            case .drill, .longDrill: false
            }
        }
    }

    package func objection(to request: JobRequest) -> String? {
        guard request.model == identity.digest else {
            return "the request asks for the model \(request.model); this worker runs \(identity.digest)"
        }
        guard identity.kinds.contains(request.kind) else {
            return "the model \(identity.name) does no jobs of kind \(request.kind.rawValue)"
        }
        if let error = request.kind.objection(
            caption: request.caption, inputs: request.inputs, options: request.options)
        {
            return error.message
        }
        let lacking = request.kind.abilities(
            caption: request.caption, inputs: request.inputs, options: request.options
        ).subtracting(identity.abilities)
        if let ability = lacking.min(by: { $0.rawValue < $1.rawValue }) {
            return "the model \(identity.name) \(ability.lack)"
        }
        return objecting { () throws(TediGANError) in try faces.check(request.demand) }
    }

    package func objection(to job: ModelJob) -> String? {
        if let objection = objection(to: job.request) { return objection }
        return objecting { () throws(TediGANError) in
            switch job.request.kind {
            case .optimize: try faces.check(job.optimizationRequest())
            case .evaluate: _ = try job.batchIndex()
            case .generate, .manipulate, .invert, .mix, .interpolate: try faces.check(job.faceRequest())
            case .drill, .longDrill: break
            }
        }
    }

    private func objecting(_ check: () throws(TediGANError) -> Void) -> String? {
        do throws(TediGANError) {
            try check()
            return nil
        } catch {
            return error.description
        }
    }

    package func generate(_ requests: [JobRequest]) throws(ModelError) -> [GeneratedImage] {
        try images(of: requests.map { ModelJob($0) })
    }

    package func run(_ jobs: [ModelJob]) throws(ModelError) -> [ModelOutput] {
        try images(of: jobs).map { .image($0) }
    }

    private func images(of jobs: [ModelJob]) throws(ModelError) -> [GeneratedImage] {
        faces.onStep = { for job in jobs { job.touch() } }
        defer { faces.onStep = {} }
        do throws(TediGANError) {
            let requests = try jobs.map { job throws(TediGANError) in try job.faceRequest() }
            return zip(jobs, try faces.make(requests)).map { picture($1, of: $0.request) }
        } catch {
            throw Self.error(error)
        }
    }

    /// What LibTorch refuses may go well another time; everything else is wrong with the request.
    static func error(_ error: TediGANError) -> ModelError {
        switch error {
        case .torch, .layers, .pack: .failed(error.description)
        case .invalid, .nothingNamed, .missing: .refused(error.description)
        }
    }

    func picture(_ face: MadeFace, of request: JobRequest) -> GeneratedImage {
        let attributes = face.attributes.map { ($0.attribute, $0.isPresent ? "present" : "absent") }
        var image = GeneratedImage(
            pixels: face.pixels, width: face.side, height: face.side, code: face.code.values, layers: identity.layers,
            attributes: Dictionary(attributes) { first, _ in first }, frames: face.frames)
        for (name, value) in face.scores where value.isFinite {
            if let score = JobScore(rawValue: name) { image.scores[score] = value }
        }
        if let count = request.options.bestOf {
            // Small and much the same for all jobs, so that the store keeps it once.
            let choice = "{\"best_of\":\(count),\"kept\":\(face.draw)}\n"
            image.files.append(GeneratedFile(name: "choice.json", bytes: Array(choice.utf8)))
        }
        return image
    }

    package func selfTest() throws(ModelError) {
        let phrases = faces.manifest.policy.attributes.flatMap { $0.positive + $0.negative }
        let sample = phrases.lazy
            .map { JobRequest(caption: $0, seed: 1, sample: 0, model: self.identity.digest) }
            .first { self.objection(to: $0) == nil }
        if let sample {
            _ = try generate([sample])
            return
        }
        guard !identity.abilities.contains(.words) else {
            throw .failed("the pack's layer policy names no attribute by words that its vocabulary has")
        }
        do throws(TediGANError) {
            _ = try faces.make([FaceRequest(.generate(nil), key: SampleKey(seed: 1))])
        } catch {
            throw Self.error(error)
        }
    }
}
