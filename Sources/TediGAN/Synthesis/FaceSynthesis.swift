import Captions
public import Torch

/// Makes faces of every kind: the networks of a pack, and the control mechanism between them.
///
/// A face's code comes from words, a photo, a sketch, a label map, noise or another code; codes are mixed as the request
/// says, and the generator draws what comes of it. However many requests there are, and of whichever kinds, each network
/// runs over all of them in passes of a fixed number of rows.
///
/// A face depends on the pack, the request and nothing else: all random numbers come from the request's key, no network
/// looks across the batch, and the passes are always of one size. Only what is optimised has a last bit that depends on
/// the company.
///
/// Networks that only some kinds need are loaded when they are needed first. Confined to one thread, like all tensors.
///
/// Source: Xia et al., "TediGAN", 2021, section 3.
public final class FaceSynthesis {
    /// What the pack says.
    public let manifest: PackManifest
    /// The pack's digest.
    public let digest: String
    /// Rows of a pass.
    public let rows: Int
    /// Called between the passes and steps that a face takes, which may be minutes of work together.
    public var onStep: () -> Void = {}
    let pack: ModelPack
    let device: Device
    let generator: PackGenerator
    let control: ControlMechanism
    let reader: CaptionReader?
    private let text: TextEncoder?
    private let randomizesNoise: Bool
    private var encoders: [PackRole: PictureEncoder] = [:]
    private var measuring: FaceMeasures?
    private var knownParts: OptimizationParts?
    /// What the attributes of recent captions claim, by attributes and overridden layers.
    private var knownClaims: [Naming: [ControlMechanism.Claim]] = [:]

    private struct Naming: Hashable {
        let attributes: [NamedAttribute]
        let layers: [String: [Int]]
    }

    /// Loads the generator and, where there is one, the text encoder.
    /// - Parameters:
    ///   - pack: an opened pack.
    ///   - device: where to run.
    ///   - rows: of every pass, 1...1024.
    ///   - randomizesNoise: whether every image has noise maps of its own, in place of the stored ones.
    ///   - precision: type of the pixels inside the generator: bfloat16 is faster where the processor multiplies it,
    ///     and gives pictures some 45 dB from those of float32; nil is float32.
    /// - Throws: ``TediGANError`` for a pack whose tensors are not those of its networks.
    public init(
        pack: ModelPack, device: Device = .cpu, rows: Int = 8, randomizesNoise: Bool = false, precision: DType? = nil
    ) throws(TediGANError) {
        (self.pack, self.device, self.randomizesNoise) = (pack, device, randomizesNoise)
        self.rows = min(max(1, rows), 1024)
        (manifest, digest) = (pack.manifest, pack.digest)
        if case .cuda = device {
            // The same request gives the same bytes: no algorithm that adds in any order, no rounding to TF32.
            try computing { () throws(TorchError) in
                try Torch.setNumerics(allowTF32: false, benchmark: false, deterministic: true)
            }
        }
        reader = pack.has(.text) ? try CaptionReader(pack: pack) : nil
        generator = try pack.faceGenerator(differentiable: false, precision: precision, device: device)
        text = pack.has(.text) ? try pack.textEncoder(device: device) : nil
        control = try pack.controlMechanism()
    }

    /// What the text encoder will read of a caption and what it names.
    /// - Returns: the ids of the first known words, up to the word limit; the attributes named by then.
    /// - Throws: ``TediGANError/nothingNamed(caption:)``; ``TediGANError/missing(path:_:)`` for a pack that reads no
    ///   words.
    public func read(_ caption: String) throws(TediGANError) -> (ids: [Int], attributes: [NamedAttribute]) {
        guard let reader else { throw .missing(path: pack.path, .text) }
        return try reader.read(caption)
    }

    /// What attributes claim of each layer.
    func claims(
        of attributes: [NamedAttribute], layers: [String: [Int]]
    ) throws(TediGANError) -> [ControlMechanism.Claim] {
        let naming = Naming(attributes: attributes, layers: layers)
        if let known = knownClaims[naming] { return known }
        if knownClaims.count >= 1024 { knownClaims.removeAll(keepingCapacity: true) }
        let control = layers.isEmpty ? control : try control.overriding(layers: layers)
        let claims = control.claims(of: attributes)
        knownClaims[naming] = claims
        return claims
    }

    /// A caption's code, encoded by itself.
    ///
    /// Packed together, captions of other lengths would change the sizes of the LSTM's products, and with them the last
    /// bit of a code: the same request would not give the same bytes in other company.
    func textCode(_ ids: [Int]) throws(TediGANError) -> LatentCode {
        guard let text else { throw .missing(path: pack.path, .text) }
        return try inferring { () throws(TorchError) in try LatentCode.codes(text([ids]))[0] }
    }

    /// The encoder of a role, loaded when it is first needed.
    func encoder(_ role: PackRole) throws(TediGANError) -> PictureEncoder {
        if let known = encoders[role] { return known }
        let encoder = try pack.pictureEncoder(role, device: device)
        encoders[role] = encoder
        return encoder
    }

    /// What measures faces, loaded when it is first needed.
    func measures() throws(TediGANError) -> FaceMeasures {
        if let measuring { return measuring }
        let made = try FaceMeasures(self)
        measuring = made
        return made
    }

    /// What optimises faces, loaded when it is first needed.
    func optimizationParts() throws(TediGANError) -> OptimizationParts {
        if let knownParts { return knownParts }
        let made = try OptimizationParts(self)
        knownParts = made
        return made
    }

    /// The codes of a pass as images.
    func images(of codes: [LatentCode], keys: [SampleKey]) throws(TorchError) -> Tensor {
        let tensor = try Tensor(
            codes.flatMap(\.values), shape: [codes.count, manifest.layers, manifest.width], device: device)
        guard randomizesNoise else { return try generator.images(of: tensor) }
        return try generator.images(of: tensor, noise: keys)
    }

    /// Pictures of codes, in passes of the usual size, or of another one.
    func pictures(
        of codes: [LatentCode], keys: [SampleKey]? = nil, rows: Int? = nil
    ) throws(TediGANError) -> [[UInt8]] {
        try inferring { () throws(TorchError) in
            var made: [[UInt8]] = []
            let keys = keys ?? codes.map { _ in SampleKey(seed: 0) }
            for pass in FixedPasses(Array(zip(codes, keys)), rows: rows ?? self.rows) {
                let bytes = try images(of: pass.items.map(\.0), keys: pass.items.map(\.1)).imageBytes()
                made += bytes.pictures(pass.count, side: manifest.resolution)
            }
            return made
        }
    }

    /// Runs `body` without gradients.
    func inferring<Value>(_ body: () throws(TorchError) -> Value) throws(TediGANError) -> Value {
        try computing { () throws(TorchError) in try withInferenceMode { () throws(TorchError) in try body() } }
    }
}

extension [UInt8] {
    /// The first of square pictures that follow each other.
    func pictures(_ count: Int, side: Int) -> [[UInt8]] {
        let area = side * side * 3
        return (0..<count).map { Array(self[$0 * area..<($0 + 1) * area]) }
    }
}
