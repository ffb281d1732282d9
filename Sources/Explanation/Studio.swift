import Evaluation
import FaceData
import Images
public import TediGAN
import Torch
public import Training

/// A pack with everything that its exhibits need: networks, judge, rendered faces as photos.
public struct Studio {
    let pack: ModelPack
    let generator: Generator
    let encoder: PictureEncoder
    let captions: CaptionReader
    let textEncoder: TextEncoder
    let control: ControlMechanism
    let judged: JudgedGenerator
    let photos: FaceDataset
    let seed: UInt64

    /// Opens the pack's networks.
    /// - Parameters:
    ///   - pack: with an image encoder.
    ///   - judge: for pictures of the pack's size.
    ///   - seed: of everything that is drawn.
    /// - Throws: ``TediGANError`` naming the part that the pack lacks.
    public init(pack: ModelPack, judge: AttributeJudge, seed: UInt64 = 1) throws {
        self.pack = pack
        self.seed = seed
        encoder = try pack.pictureEncoder(.photo)
        captions = try CaptionReader(pack: pack)
        generator = try pack.generator().frozen()
        textEncoder = try pack.textEncoder()
        control = try pack.controlMechanism()
        judged = JudgedGenerator(generator, judge: judge)
        photos = FaceDataset(split: .test, seed: seed, count: 200, size: pack.manifest.resolution, threads: 2)
    }

    /// The exhibits, in the order of the document.
    public static var names: [String] { makers.map(\.name) }

    private static var makers: [(name: String, make: (Studio) throws -> Exhibit)] {
        [
            ("mapping", { try $0.mapping() }), ("truncation", { try $0.truncation() }),
            ("adain", { try $0.styleMixing() }), ("noise", { try $0.noise() }),
            ("alignment", { try $0.alignment() }), ("inversion", { try $0.inversion() }),
            ("similarity", { try $0.similarity() }), ("optimization", { try $0.optimization() }),
            ("control", { try $0.controlledVariants() }), ("edits", { try $0.edits() }),
            ("layers", { try $0.layerEffects() }),
        ]
    }

    /// Makes one exhibit.
    /// - Parameter name: one of ``names``.
    /// - Throws: ``TediGANError/invalid(_:)`` for another name.
    public func exhibit(_ name: String) throws -> Exhibit {
        guard let maker = Self.makers.first(where: { $0.name == name }) else {
            throw TediGANError.invalid("there is no exhibit \(name)")
        }
        return try maker.make(self)
    }

    /// Codes of random faces; those of another purpose come from another seed.
    func codes(_ count: Int, purpose: UInt64, psi: Double = 1) throws -> [LatentCode] {
        try generator.codes(count, seed: seed &* 1_000 &+ purpose, psi: psi)
    }

    /// The faces of codes.
    func draw(_ codes: [LatentCode]) throws -> [RGBImage] {
        try Self.images(of: withInferenceMode { try generator.synthesize(Tensor(codes: codes)) })
    }

    /// Pictures [N, 3, R, R] on the host.
    static func images(of pictures: Tensor) throws -> [RGBImage] {
        let (shape, bytes) = (pictures.shape, try pictures.detached().imageBytes())
        let area = shape[2] * shape[3] * 3
        return try (0..<shape[0]).map {
            try RGBImage(width: shape[3], height: shape[2], pixels: Array(bytes[$0 * area..<($0 + 1) * area]))
        }
    }

    /// Mean absolute difference of two pictures' bytes, 0...255.
    static func difference(_ first: RGBImage, _ second: RGBImage) -> Double {
        let sum = zip(first.pixels, second.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return Double(sum) / Double(first.pixels.count)
    }
}

extension [Double] {
    /// The mean; not a number of none.
    var average: Double { isEmpty ? .nan : reduce(0, +) / Double(count) }
}
