import FaceData
import TediGAN
import Torch
import Training

/// How much samples of one caption differ, beside real faces that have what the caption names.
public struct CaptionDiversity: SectionQuality, Codable, Sendable, Hashable {
    /// Captions.
    public let captions: Int
    /// Samples of each.
    public let samples: Int
    /// Mean distance of two samples of a caption in the space of features.
    public let distance: Double
    /// The same for random rendered faces that have what the caption names.
    public let distanceOfRenders: Double
    /// What the distances below are called.
    public let distanceName: String
    /// Mean distance of two samples of a caption as pictures.
    public let pictureDistance: Double
    /// The same for those rendered faces.
    public let pictureDistanceOfRenders: Double

    /// Share of the real spread that the samples have.
    public var share: Double { distanceOfRenders > 0 ? distance / distanceOfRenders : 0 }

    init(_ run: EvaluationRun) throws {
        let model = try TextToImage(pack: run.pack)
        let grammar = CaptionGrammar(seed: run.options.seed &+ 9)
        let (count, each) = (run.options.few, 8)
        var (spread, pairs) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
        var rows: [EvaluationPicture.Row] = []
        for face in 0..<count {
            let caption = grammar.caption(of: run.renders.faces[face], face: face, number: face % 10)
            let made = try model.generate(
                (0..<each).map {
                    TextToImageRequest(caption: caption.text, seed: run.options.seed &+ UInt64(face), sample: $0)
                })
            let pictures = try Tensor.images(
                bytes: made.flatMap(\.pixels), count: each, height: run.side, width: run.side)
            let real = try Self.renders(of: caption, face: face, count: each, run)
            spread += try SIMD2(Self.spread(pictures, run), Self.spread(real, run))
            pairs += try SIMD2(Self.neighbours(pictures, run), Self.neighbours(real, run))
            if face < 3 {
                rows.append(.init(caption.text, try run.images(of: pictures)))
                rows.append(.init("rendered faces with the same attributes", try run.images(of: real)))
            }
            run.progress("captions", [face], of: count)
        }
        run.show(EvaluationPicture(.diversity, "Samples, and real faces with what the caption names", rows: rows))
        (captions, samples) = (count, each)
        (distance, distanceOfRenders) = (spread.x / Double(count), spread.y / Double(count))
        distanceName = run.detectors.distance.title
        (pictureDistance, pictureDistanceOfRenders) = (pairs.x / Double(count), pairs.y / Double(count))
    }

    /// Random rendered faces on which what a caption names is forced.
    private static func renders(
        of caption: FaceCaption, face: Int, count: Int, _ run: EvaluationRun
    ) throws -> Tensor {
        let sampler = FaceSampler(seed: FaceSplit.test.seed(base: run.options.seed &+ 17))
        let forced = Dictionary(caption.mentions.map { ($0.attribute, $0.value) }) { $1 }
        let codes = (0..<count).map {
            FaceSampler.parameters(from: sampler.latent(of: face * count + $0), forcing: forced).code
        }
        return try RenderedPictures.tensor(codes, run)
    }

    private static func spread(_ pictures: Tensor, _ run: EvaluationRun) throws -> Double {
        try withInferenceMode { try run.detectors.features(pictures).meanPairDistance() }
    }

    /// Mean distance of each picture to the next one, the last to the first.
    private static func neighbours(_ pictures: Tensor, _ run: EvaluationRun) throws -> Double {
        try withInferenceMode { try run.detectors.distance(pictures, pictures.rolled(0, by: 1)).mean().item() }
    }

    var figures: [EvaluationFigure] {
        [
            EvaluationFigure(
                .diversity, "distance of \(samples) samples, over that of real faces (\(captions) captions)", share,
                goal: .atLeast(0.7)),
            EvaluationFigure(.diversity, "distance of samples, in features", distance, .renders(distanceOfRenders)),
            EvaluationFigure(
                .diversity, "\(distanceName) between samples, higher is more diverse", pictureDistance,
                .renders(pictureDistanceOfRenders)),
        ]
    }
}
