import FaceData
import TediGAN
import Torch
import Training

/// Whether pictures made from captions find these again, and how far they are from the faces that were described.
public struct RetrievalQuality: SectionQuality, Codable, Sendable, Hashable {
    /// R-precision of one picture per caption.
    public let retrieval: CaptionRetrieval
    /// The same for the rendered faces that the captions describe: the ceiling.
    public let onRenders: CaptionRetrieval
    /// What the distance below is called.
    public let distanceName: String
    /// Mean distance of a picture to the face that its caption describes.
    public let distance: Double
    /// Mean distance of two different rendered faces.
    public let distanceOfRenders: Double

    init(_ run: EvaluationRun) throws {
        let model = try TextToImage(pack: run.pack)
        let grammar = CaptionGrammar(seed: run.options.seed &+ 9)
        let count = run.options.faces
        let captions = (0..<count).map { grammar.caption(of: run.renders.faces[$0], face: $0, number: $0 % 10) }
        var (seen, truly) = ([[Double]](), [[Double]]())
        var (away, apart) = (0.0, 0.0)
        for indices in run.batches(of: count) {
            let made = try model.generate(
                indices.map {
                    TextToImageRequest(caption: captions[$0].text, seed: run.options.seed &+ UInt64($0))
                })
            let pictures = try Tensor.images(
                bytes: made.flatMap(\.pixels), count: made.count, height: run.side, width: run.side)
            let real = try run.renders.pictures(indices)
            let others = try run.renders.pictures(indices.map { $0 + count })
            seen += try run.probabilities(pictures)
            truly += try run.probabilities(real)
            away += try withInferenceMode { try run.detectors.distance(pictures, real).sum().item() }
            apart += try withInferenceMode { try run.detectors.distance(others, real).sum().item() }
            run.progress("captions", indices, of: count)
        }
        let rates = FaceAttribute.allCases.map { attribute in
            Double(run.renders.faces.count { $0[attribute] }) / Double(run.renders.count)
        }
        let mentions = captions.map(\.mentions)
        retrieval = CaptionRetrieval(
            probabilities: seen, mentions: mentions, rates: rates, seed: run.options.seed)
        onRenders = CaptionRetrieval(
            probabilities: truly, mentions: mentions, rates: rates, seed: run.options.seed)
        distanceName = run.detectors.distance.title
        (distance, distanceOfRenders) = (away / Double(count), apart / Double(count))
    }

    var figures: [EvaluationFigure] {
        [
            EvaluationFigure(
                .retrieval, "R-precision, 1 of \(retrieval.others + 1) captions (\(retrieval.pictures) pictures)",
                retrieval.precision, .renders(onRenders.precision)),
            EvaluationFigure(
                .retrieval, "\(distanceName) to the face described, lower is nearer", distance,
                .other("two random renders", distanceOfRenders)),
        ]
    }
}
