public import Torch

/// Captions to faces: the networks of a pack and the control mechanism between them.
///
/// For each request the content code is the text's, w_c = E_l(t). The style code w_s = f(z), truncated, is the one of
/// the pack's `styleCandidates` draws of z that is nearest to w_c in what the caption names. Then the named
/// attributes' part of w_s is replaced by that of w_c, and the generator draws the mix.
///
/// The simple form of ``FaceSynthesis``, which makes faces of other conditions as well: all requests go through in one
/// pass. The same batch on the same machine gives the same bytes; another batch size may move a byte by one, because
/// LibTorch then sums in another order.
///
/// Confined to one thread, like all tensors.
public final class TextToImage {
    /// What the pack says.
    public let manifest: PackManifest
    /// The pack's digest.
    public let digest: String
    private let faces: FaceSynthesis

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
        // What the pack lacks is said before anything is loaded.
        _ = try CaptionReader(pack: pack)
        (manifest, digest) = (pack.manifest, pack.digest)
        faces = try FaceSynthesis(
            pack: pack, device: device, randomizesNoise: randomizesNoise, precision: precision)
    }

    /// What the text encoder will read of a caption and what it names.
    /// - Returns: the ids of the first known words, up to the word limit; the attributes named by then.
    /// - Throws: ``TediGANError/nothingNamed(caption:)``.
    public func read(_ caption: String) throws(TediGANError) -> (ids: [Int], attributes: [NamedAttribute]) {
        try faces.read(caption)
    }

    /// Makes one image per request, all in one forward pass.
    /// - Parameter requests: up to 1,024.
    /// - Throws: ``TediGANError/invalid(_:)`` for layers or attributes that the pack has not;
    ///   ``TediGANError/nothingNamed(caption:)`` for the first caption that names nothing known; check
    ///   captions with ``read(_:)`` beforehand where one must not stop the others.
    public func generate(_ requests: [TextToImageRequest]) throws(TediGANError) -> [GeneratedFace] {
        guard requests.count <= 1024 else { throw .invalid("at most 1,024 images are made in one pass") }
        if let silent = requests.first(where: \.caption.isEmpty) { _ = try read(silent.caption) }
        let made = try faces.make(
            requests.map { request in
                FaceRequest(
                    .generate(nil), caption: request.caption,
                    key: SampleKey(seed: request.seed, sample: UInt64(bitPattern: Int64(request.sample))),
                    truncation: request.truncation, policy: request.layers)
            }, rows: max(1, requests.count))
        return made.map { face in
            GeneratedFace(
                pixels: face.pixels, width: face.side, height: face.side, code: face.code.values,
                attributes: face.attributes, styleCandidate: face.styleCandidate)
        }
    }
}
