public import Torch

/// Text-guided manipulation: a face's code with what a caption names taken from the caption's code.
///
/// The first result is the edit itself. Others make the same change in other ways: what the caption names comes from
/// half-way between the caption's code and one of the pack's noise faces that are nearest to it there, so that a beard
/// is another beard; what the caption does not name stays as it is in all of them.
///
/// Confined to one thread, like all tensors.
///
/// Source: Xia et al., "TediGAN", 2021, section 3.4; the other ways are our design.
public final class TextGuidedEdit {
    /// One way to make an edit.
    public struct Result: Sendable {
        /// The edited code.
        public let code: LatentCode
        /// What it draws: RGB bytes, row by row.
        public let pixels: [UInt8]
    }

    /// Height and width of the pictures, in pixels.
    public let resolution: Int
    /// Conditions to codes, with the same networks.
    public let conditioning: Conditioning
    private let generator: PackGenerator
    private let control: ControlMechanism
    private let candidates: Int
    private let device: Device

    /// How far another way goes from the caption's code to that of a noise face.
    static let variety: Float = 0.5

    /// Loads what is needed from a pack.
    /// - Parameters:
    ///   - pack: an opened pack.
    ///   - layers: layers for attributes that are to be carried by others than the pack's policy says.
    ///   - generator: the pack's, where it is loaded already.
    ///   - device: where to run.
    /// - Throws: ``TediGANError/missing(path:_:)`` for a pack without a text encoder; ``TediGANError/invalid(_:)`` for
    ///   layers or attributes that the pack has not.
    public init(
        pack: ModelPack, layers: [String: [Int]] = [:], generator: PackGenerator? = nil, device: Device = .cpu
    ) throws(TediGANError) {
        _ = try CaptionReader(pack: pack)
        control = try pack.controlMechanism().overriding(layers: layers)
        let loaded =
            if let generator { generator } else { try pack.faceGenerator(differentiable: false, device: device) }
        self.generator = loaded
        self.device = device
        conditioning = Conditioning(pack: pack, generator: loaded, device: device)
        candidates = pack.manifest.styleCandidates
        resolution = pack.manifest.resolution
    }

    /// Edits a face.
    /// - Parameters:
    ///   - base: the face, in any way that the pack reads.
    ///   - caption: what it shall be like.
    ///   - strength: 0 leaves the face as it is, 1 makes the whole change; beyond, it is overdone.
    ///   - variants: how many ways, 1...64.
    ///   - key: where the random part of all but the first comes from.
    /// - Returns: what the caption named, the base itself, and the edits.
    /// - Throws: as ``Conditioning/code(of:)``; ``TediGANError/invalid(_:)`` for numbers out of range.
    public func run(
        _ base: Condition, caption: String, strength: Double = 1, variants: Int = 1,
        key: SampleKey = SampleKey(seed: 1)
    ) throws(TediGANError) -> (attributes: [NamedAttribute], base: Result, edits: [Result]) {
        guard (1...64).contains(variants) else { throw .invalid("variants is \(variants); it must be in 1...64") }
        guard (-4...4).contains(strength) else { throw .invalid("strength is \(strength); it must be in -4...4") }
        let reading = try conditioning.reading(of: caption)
        let start = try conditioning.code(of: base)
        let claims = control.claims(of: reading.attributes)
        var codes = [start]
        for source in try sources(reading.code, claims, variants, key) {
            codes.append(control.edit(start, towards: source, claims: claims, strength: Float(strength)))
        }
        let results = try drawn(codes)
        return (reading.attributes, results[0], Array(results.dropFirst()))
    }

    /// The caption's code, and mixes of it with noise faces, the nearest ones first.
    private func sources(
        _ text: LatentCode, _ claims: [ControlMechanism.Claim], _ count: Int, _ key: SampleKey
    ) throws(TediGANError) -> [LatentCode] {
        var sources = [text]
        guard count > 1 else { return sources }
        var styles = try conditioning.styles(of: key, count: max(candidates, count - 1))
        while sources.count < count, let next = control.nearest(to: text, among: styles, claims: claims) {
            sources.append(text.interpolated(to: styles.remove(at: next.index), by: Self.variety))
        }
        return sources
    }

    private func drawn(_ codes: [LatentCode]) throws(TediGANError) -> [Result] {
        try computing { () throws(TorchError) in
            try withInferenceMode { () throws(TorchError) in
                var results: [Result] = []
                // One at a time: a face must not depend on how many ways were asked for.
                for code in codes {
                    let image = try generator.images(of: code.tensor(device: device))
                    results.append(Result(code: code, pixels: try image.imageBytes()))
                }
                return results
            }
        }
    }
}
