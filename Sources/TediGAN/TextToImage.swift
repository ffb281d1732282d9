public import Torch

/// Captions to faces: the networks of a pack and the control mechanism between them.
///
/// For each request the content code is the text's, w_c = E_l(t). The style code w_s = f(z), truncated, is the one of
/// the pack's `styleCandidates` draws of z that is nearest to w_c in what the caption names. Then the named
/// attributes' part of w_s is replaced by that of w_c, and the generator draws the mix.
///
/// An image depends on the pack, the request and nothing else: all random numbers come from the request's seed and
/// sample (``SampleKey``), and no network looks across the batch. The same batch on the same machine gives the same
/// bytes; another batch size may move a byte by one, because LibTorch then sums in another order.
///
/// Confined to one thread, like all tensors.
public final class TextToImage {
    /// What the pack says.
    public let manifest: PackManifest
    /// The pack's digest.
    public let digest: String
    private let generator: PackGenerator
    private let textEncoder: TextEncoder
    private let control: ControlMechanism
    private let reader: CaptionReader
    private let device: Device
    private let randomizesNoise: Bool
    /// What the attributes of recent captions claim, by attributes and overridden layers.
    private var knownClaims: [Naming: [ControlMechanism.Claim]] = [:]

    private struct Naming: Hashable {
        let attributes: [NamedAttribute]
        let layers: [String: [Int]]
    }

    /// Loads the networks.
    /// - Parameters:
    ///   - pack: an opened pack.
    ///   - device: where to run.
    ///   - randomizesNoise: whether every image has noise maps of its own, in place of the stored ones.
    ///   - precision: type of the pixels inside the generator: bfloat16 is faster where the processor multiplies it,
    ///     and gives pictures some 45 dB from those of float32; nil is float32.
    /// - Throws: ``TediGANError/missing(path:_:)`` for a pack without a text encoder; others for one whose tensors are
    ///   not those of its networks.
    public init(
        pack: ModelPack, device: Device = .cpu, randomizesNoise: Bool = false, precision: DType? = nil
    ) throws(TediGANError) {
        manifest = pack.manifest
        digest = pack.digest
        self.device = device
        self.randomizesNoise = randomizesNoise
        if case .cuda = device {
            // The same request gives the same bytes: no algorithm that adds in any order, no rounding to TF32.
            try computing { () throws(TorchError) in
                try Torch.setNumerics(allowTF32: false, benchmark: false, deterministic: true)
            }
        }
        // What the pack lacks is said before anything is loaded.
        reader = try CaptionReader(pack: pack)
        generator = try pack.faceGenerator(differentiable: false, precision: precision, device: device)
        textEncoder = try pack.textEncoder(device: device)
        control = try pack.controlMechanism()
    }

    /// What the text encoder will read of a caption and what it names.
    /// - Returns: the ids of the first known words, up to the word limit; the attributes named by then.
    /// - Throws: ``TediGANError/nothingNamed(caption:)``.
    public func read(_ caption: String) throws(TediGANError) -> (ids: [Int], attributes: [NamedAttribute]) {
        try reader.read(caption)
    }

    /// Makes one image per request, all in one forward pass.
    /// - Parameter requests: up to 1,024.
    /// - Throws: ``TediGANError/invalid(_:)`` for layers or attributes that the pack has not;
    ///   ``TediGANError/nothingNamed(caption:)`` for the first caption that names nothing known; check
    ///   captions with ``read(_:)`` beforehand where one must not stop the others.
    public func generate(_ requests: [TextToImageRequest]) throws(TediGANError) -> [GeneratedFace] {
        guard !requests.isEmpty else { return [] }
        guard requests.count <= 1024 else { throw .invalid("at most 1,024 images are made in one pass") }
        var readings: [(ids: [Int], attributes: [NamedAttribute])] = []
        var wanted: [[ControlMechanism.Claim]] = []
        for request in requests {
            let reading = try read(request.caption)
            readings.append(reading)
            wanted.append(try claims(of: reading.attributes, layers: request.layers))
            if let psi = request.truncation, !(0...10).contains(psi) {
                throw .invalid("truncation is \(psi); it must be in 0...10")
            }
        }
        return try computing { () throws(TorchError) in
            try withInferenceMode { () throws(TorchError) in try generate(requests, readings, wanted) }
        }
    }

    private func generate(
        _ requests: [TextToImageRequest], _ readings: [(ids: [Int], attributes: [NamedAttribute])],
        _ wanted: [[ControlMechanism.Claim]]
    ) throws(TorchError) -> [GeneratedFace] {
        let contents = try contentCodes(readings.map(\.ids))
        let candidates = try LatentCode.codes(styleCandidates(requests))
        let count = manifest.styleCandidates
        var chosen: [Int] = []
        var mixed: [Float] = []
        for (index, claims) in wanted.enumerated() {
            let styles = Array(candidates[index * count..<(index + 1) * count])
            let best = control.nearest(to: contents[index], among: styles, claims: claims)?.index ?? 0
            chosen.append(best)
            mixed += control.mix(styles[best], with: contents[index], claims: claims).values
        }
        let bytes = try images(mixed, requests)
        let size = manifest.layers * manifest.width
        let area = manifest.resolution * manifest.resolution * 3
        return requests.indices.map { index in
            GeneratedFace(
                pixels: Array(bytes[index * area..<(index + 1) * area]), width: manifest.resolution,
                height: manifest.resolution, code: Array(mixed[index * size..<(index + 1) * size]),
                attributes: readings[index].attributes, styleCandidate: chosen[index])
        }
    }

    private func claims(
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

    /// The texts' codes, each caption encoded by itself, once.
    ///
    /// Packed together, captions of other lengths would change the sizes of the LSTM's products, and with them the last
    /// bit of a code: the same request would not give the same bytes in other company.
    private func contentCodes(_ captions: [[Int]]) throws(TorchError) -> [LatentCode] {
        var known: [[Int]: LatentCode] = [:]
        var found: [LatentCode] = []
        for ids in captions {
            let code = if let code = known[ids] { code } else { try LatentCode.codes(textEncoder([ids]))[0] }
            known[ids] = code
            found.append(code)
        }
        return found
    }

    /// Truncated codes of every request's draws of z: [N K, L, C].
    private func styleCandidates(_ requests: [TextToImageRequest]) throws(TorchError) -> Tensor {
        let count = manifest.styleCandidates
        let width = generator.noiseWidth
        let numbers = requests.flatMap { request in
            (0..<count).flatMap { Self.key(request).latent(width, candidate: $0) }
        }
        let z = try Tensor(numbers, shape: [requests.count * count, width], device: device)
        let w = try generator.mapped(z)
        let strengths = requests.map { $0.truncation ?? manifest.truncation }
        if let first = strengths.first, strengths.allSatisfy({ $0 == first }) {
            return try generator.truncated(w, psi: first)
        }
        var parts: [Tensor] = []
        for (index, psi) in strengths.enumerated() {
            parts.append(try generator.truncated(w.narrow(0, start: index * count, length: count), psi: psi))
        }
        return try Tensor.cat(parts)
    }

    private func images(_ codes: [Float], _ requests: [TextToImageRequest]) throws(TorchError) -> [UInt8] {
        let tensor = try Tensor(
            codes, shape: [requests.count, manifest.layers, manifest.width], device: device)
        guard randomizesNoise else { return try generator.images(of: tensor).imageBytes() }
        return try generator.images(of: tensor, noise: requests.map(Self.key)).imageBytes()
    }

    private static func key(_ request: TextToImageRequest) -> SampleKey {
        SampleKey(seed: request.seed, sample: UInt64(bitPattern: Int64(request.sample)))
    }
}
