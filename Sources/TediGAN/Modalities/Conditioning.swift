public import Torch

/// What a face shall be made from.
public enum Condition: Sendable, Hashable {
    /// Words, at least one of them known.
    case caption(String)
    /// A photo of a face, aligned.
    case photo(PhotoInput)
    /// Dark lines on white.
    case sketch(SketchInput)
    /// A region for each pixel.
    case labels(LabelMap)
    /// Random numbers, pulled towards the mean code by ψ; by the pack's if nil.
    case noise(SampleKey, truncation: Double? = nil)
    /// A code that is known already.
    case code(LatentCode)
}

/// Conditions of every kind to content codes: all modalities meet in W+.
///
/// A pack reads what it has an encoder for; each is loaded when it is first needed. Confined to one thread, like all
/// tensors.
///
/// Source: Xia et al., "TediGAN", 2021, section 3: one space for all modalities.
public final class Conditioning {
    private let pack: ModelPack
    private let device: Device
    private let resizing: PhotoInput.Resizing
    private var encoders: [PackRole: PictureEncoder] = [:]
    private var text: (reader: CaptionReader, encoder: TextEncoder)?
    private var generator: PackGenerator?

    /// Conditioning with a pack's encoders.
    /// - Parameters:
    ///   - pack: an opened pack.
    ///   - generator: the pack's, where it is loaded already; noise needs it.
    ///   - resizing: how photos get the encoder's size.
    ///   - device: where to run.
    public init(
        pack: ModelPack, generator: PackGenerator? = nil, resizing: PhotoInput.Resizing = .antialiased,
        device: Device = .cpu
    ) {
        self.pack = pack
        self.generator = generator
        self.resizing = resizing
        self.device = device
    }

    /// The W+ code of a condition.
    ///
    /// - Throws: ``TediGANError/missing(path:_:)`` where the pack has no encoder for it;
    ///   ``TediGANError/nothingNamed(caption:)``; ``TediGANError/invalid(_:)`` for a code of another shape, or numbers
    ///   out of range.
    public func code(of condition: Condition) throws(TediGANError) -> LatentCode {
        switch condition {
        case .caption(let caption): return try code(of: caption)
        case .photo(let photo):
            let encoder = try encoder(.photo)
            return try code(encoder, try photo.tensor(side: encoder.side, resizing, device: device))
        case .sketch(let sketch):
            let encoder = try encoder(.sketch)
            return try code(
                encoder, try sketch.tensor(width: encoder.side, height: encoder.side, device: device))
        case .labels(let map):
            let encoder = try encoder(.labels)
            // pSp was trained with maps that were resized as if they were brightness.
            let resized = try map.resized(
                width: encoder.side, height: encoder.side, encoder.isGradual ? .published : .nearest)
            return try code(encoder, try resized.oneHot(device: device))
        case .noise(let key, let truncation): return try code(of: key, truncation)
        case .code(let code):
            let manifest = pack.manifest
            guard code.layers == manifest.layers, code.width == manifest.width else {
                throw .invalid(
                    "the code is \(code.layers) layers x \(code.width); this pack's are \(manifest.layers) x "
                        + "\(manifest.width)")
            }
            guard code.values.allSatisfy(\.isFinite) else { throw .invalid("the code holds what is no number") }
            return code
        }
    }

    /// A caption's code, and the attributes that it names.
    ///
    /// - Throws: as ``code(of:)``.
    public func reading(
        of caption: String
    ) throws(TediGANError) -> (code: LatentCode, attributes: [NamedAttribute]) {
        let (reader, encoder) = try textEncoder()
        let (ids, attributes) = try reader.read(caption)
        let code = try computing { () throws(TorchError) in
            try withInferenceMode { () throws(TorchError) in try LatentCode.codes(encoder([ids]))[0] }
        }
        return (code, attributes)
    }

    private func code(of caption: String) throws(TediGANError) -> LatentCode { try reading(of: caption).code }

    private func code(_ encoder: PictureEncoder, _ picture: Tensor) throws(TediGANError) -> LatentCode {
        try computing { () throws(TorchError) in
            try withInferenceMode { () throws(TorchError) in try LatentCode.codes(encoder(picture))[0] }
        }
    }

    private func code(of key: SampleKey, _ truncation: Double?) throws(TediGANError) -> LatentCode {
        try styles(of: key, count: 1, truncation: truncation)[0]
    }

    /// The codes of a key's first draws of noise.
    func styles(of key: SampleKey, count: Int, truncation: Double? = nil) throws(TediGANError) -> [LatentCode] {
        let psi = truncation ?? pack.manifest.truncation
        guard (0...10).contains(psi) else { throw .invalid("truncation is \(psi); it must be in 0...10") }
        let generator = try faceGenerator()
        let numbers = (0..<count).flatMap { key.latent(generator.noiseWidth, candidate: $0) }
        return try computing { () throws(TorchError) in
            try withInferenceMode { () throws(TorchError) in
                let z = try Tensor(numbers, shape: [count, generator.noiseWidth], device: device)
                return try LatentCode.codes(generator.truncated(generator.mapped(z), psi: psi))
            }
        }
    }

    private func encoder(_ role: PackRole) throws(TediGANError) -> PictureEncoder {
        if let known = encoders[role] { return known }
        let encoder = try pack.pictureEncoder(role, device: device)
        encoders[role] = encoder
        return encoder
    }

    private func textEncoder() throws(TediGANError) -> (reader: CaptionReader, encoder: TextEncoder) {
        if let text { return text }
        let made = (try CaptionReader(pack: pack), try pack.textEncoder(device: device))
        text = made
        return made
    }

    private func faceGenerator() throws(TediGANError) -> PackGenerator {
        if let generator { return generator }
        let loaded = try pack.faceGenerator(differentiable: false, device: device)
        generator = loaded
        return loaded
    }
}
