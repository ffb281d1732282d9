import FaceData
import Foundation
import Images
public import TediGAN
import Torch
public import Training

/// Measures a pack, section by section.
///
/// Everything is seen by judges: networks that never took part in training the pack, on faces of a split that no
/// training stage has seen. Confined to one thread, like all tensors.
public final class EvaluationRun {
    /// How much is measured.
    public struct Options: Sendable {
        /// Test faces, samples and captions.
        public var faces = 500
        /// Steps of optimisation for inversion.
        public var steps = 100
        /// Seed of faces, captions and noise.
        public var seed: UInt64 = 1
        /// Threads of the renderer.
        public var threads = 2

        /// The built-in amount.
        public init() {}

        /// Faces for what takes long for each: optimisation, edits, eight samples of a caption.
        var few: Int { max(1, faces / 8) }
    }

    let pack: ModelPack
    let judge: AttributeJudge
    let segmenter: RegionJudge?
    let detectors: Detectors
    let options: Options
    private let say: (String) -> Void
    private var lastWord = ContinuousClock.now
    private var pictures: [EvaluationPicture] = []
    private var gaps: [Evaluation.Unmeasured] = []
    private var loaded: PackGenerator?
    private var known: (first: Tensor, second: Tensor)?

    /// Twice as many rendered faces as are asked for: the test faces, and as many others to compare them with.
    private(set) lazy var renders = FaceDataset(
        split: .test, seed: options.seed, count: 2 * options.faces, size: side, threads: options.threads)

    /// A run.
    /// - Parameters:
    ///   - pack: what is measured.
    ///   - judge: of attributes, for pictures of the pack's size.
    ///   - segmenter: of regions; without it overlaps are not measured.
    ///   - detectors: what pictures are compared by; the judge's features if nil.
    ///   - options: how much.
    ///   - say: told, in a line, how it goes.
    /// - Throws: `TediGANError.invalid` where a judge looks at pictures of another size, or the number of faces is out
    ///   of range.
    public init(
        _ pack: ModelPack, judge: AttributeJudge, segmenter: RegionJudge? = nil, detectors: Detectors? = nil,
        options: Options = Options(), say: @escaping (String) -> Void = { _ in }
    ) throws(TediGANError) {
        let side = pack.manifest.resolution
        for (name, size) in [("judge of attributes", judge.size), ("judge of regions", segmenter?.size ?? side)]
        where size != side {
            throw .invalid(
                "the \(name) looks at pictures of \(size) pixels, but the pack draws \(side); train a judge for "
                    + "this size with a recipe whose resolution is \(side)")
        }
        guard (8...20_000).contains(options.faces) else {
            throw .invalid("an evaluation takes 8...20000 faces, not \(options.faces)")
        }
        guard (0...10_000).contains(options.steps) else {
            throw .invalid("an evaluation takes 0...10000 steps of optimisation, not \(options.steps)")
        }
        (self.pack, self.judge, self.segmenter, self.options, self.say) = (pack, judge, segmenter, options, say)
        self.detectors = detectors ?? Detectors(judge: judge)
    }

    /// Measures sections and draws what shows them.
    ///
    /// A section that the pack has no network for is named with the reason, and the others are measured.
    public func run(
        _ sections: [EvaluationSection] = EvaluationSection.allCases
    ) throws -> (evaluation: Evaluation, pictures: [EvaluationPicture]) {
        (pictures, gaps) = ([], [])
        say("drawing \(2 * options.faces) faces")
        var result = Evaluation(
            pack: pack.manifest.name, digest: pack.digest, resolution: side, faces: options.faces, seed: options.seed,
            networks: detectors.networks, judges: try JudgeQuality(self),
            comparesWithNothingPublished: detectors.comparesWithNothingPublished)
        result.figures = result.judges.figures
        for section in EvaluationSection.allCases where sections.contains(section) {
            say(section.rawValue)
            do {
                result.figures += try measure(section, into: &result)
            } catch let error as TediGANError {
                // A fault of the computation is no property of the pack.
                if case .torch = error { throw error }
                gaps.append(.init(section: section, part: nil, reason: error.description))
            }
        }
        result.unmeasured = gaps
        return (result, pictures)
    }

    private func measure(
        _ section: EvaluationSection, into result: inout Evaluation
    ) throws -> [EvaluationFigure] {
        switch section {
        case .text:
            let quality = try textAlignment()
            result.text = quality
            return quality.figures
        case .retrieval:
            let quality = try RetrievalQuality(self)
            result.retrieval = quality
            return quality.figures
        case .diversity:
            let quality = try CaptionDiversity(self)
            result.diversity = quality
            return quality.figures
        case .samples:
            let quality = try SampleQuality(self)
            result.samples = quality
            return quality.figures
        case .inversion:
            let quality = try InversionQuality(self)
            result.inversion = quality
            return quality.figures
        case .edits:
            let quality = try EditQuality(self)
            result.edits = quality
            return quality.figures
        case .sketch:
            let quality = try ConditionQuality(self, of: .sketch)
            result.sketch = quality
            return quality.figures(.sketch)
        case .labels:
            let quality = try ConditionQuality(self, of: .labels)
            result.labels = quality
            return quality.figures(.labels)
        }
    }
}

// MARK: What sections share

extension EvaluationRun {
    /// Side of the pictures in pixels.
    var side: Int { pack.manifest.resolution }

    /// Rows of a pass.
    static let batch = 50

    /// The test faces, batch by batch.
    func batches(of count: Int) -> [[Int]] {
        stride(from: 0, to: count, by: Self.batch).map { Array($0..<min($0 + Self.batch, count)) }
    }

    /// The pack's generator, loaded once.
    func generator() throws(TediGANError) -> PackGenerator {
        if let loaded { return loaded }
        let generator = try pack.faceGenerator(differentiable: false)
        loaded = generator
        return generator
    }

    /// Pictures [N, 3, R, R] of codes.
    func draw(_ codes: [LatentCode]) throws -> Tensor {
        let generator = try generator()
        return try withInferenceMode { try generator.images(of: Tensor(codes: codes)) }
    }

    /// Features of the test faces, and of as many other rendered faces, [N, F] each.
    func features() throws -> (first: Tensor, second: Tensor) {
        if let known { return known }
        var parts: [Tensor] = []
        for indices in batches(of: renders.count) {
            parts.append(try withInferenceMode { try detectors.features(renders.pictures(indices)) })
            progress("features of renders", indices, of: renders.count)
        }
        let all = try Tensor.cat(parts)
        let features = (
            first: try all.narrow(0, start: 0, length: options.faces),
            second: try all.narrow(0, start: options.faces, length: options.faces)
        )
        known = features
        return features
    }

    /// Whether the judge sees each attribute, and how surely, 0...1.
    func probabilities(_ pictures: Tensor) throws -> [[Double]] {
        let numbers = try withInferenceMode { try judge(pictures).sigmoid().doubles() }
        let count = FaceAttribute.allCases.count
        return stride(from: 0, to: numbers.count, by: count).map { Array(numbers[$0..<$0 + count]) }
    }

    /// Pictures on the host.
    func images(of pictures: Tensor) throws -> [RGBImage] {
        let (shape, bytes) = (pictures.shape, try pictures.imageBytes())
        let area = shape[2] * shape[3] * 3
        return try (0..<shape[0]).map {
            try RGBImage(width: shape[3], height: shape[2], pixels: Array(bytes[$0 * area..<($0 + 1) * area]))
        }
    }

    /// Keeps a picture for the report.
    func show(_ picture: EvaluationPicture) { pictures.append(picture) }

    /// Notes that a part of a section is missing.
    func leaveOut(_ part: String, of section: EvaluationSection, because reason: String) {
        gaps.append(.init(section: section, part: part, reason: reason))
    }

    /// Says how far a section is, every few seconds.
    func progress(_ what: String, _ indices: [Int], of count: Int) {
        guard ContinuousClock.now - lastWord > .seconds(5), let last = indices.last else { return }
        lastWord = .now
        say("\(what): \(last + 1) of \(count)")
    }
}
