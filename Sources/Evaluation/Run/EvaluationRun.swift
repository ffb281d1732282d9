import FaceData
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
    let say: (String) -> Void
    /// When the last word on the way of a section was said.
    var lastWord = ContinuousClock.now
    /// What sections have drawn.
    var pictures: [EvaluationPicture] = []
    /// What they could not measure.
    var gaps: [Evaluation.Unmeasured] = []
    /// The generator, once it was asked for.
    var loaded: PackGenerator?
    /// The features of rendered faces, once they were asked for.
    var known: (first: Tensor, second: Tensor)?

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
        func keep<Quality: SectionQuality>(
            _ quality: Quality, as place: WritableKeyPath<Evaluation, Quality?>
        ) -> [EvaluationFigure] {
            result[keyPath: place] = quality
            return quality.figures
        }
        return switch section {
        case .text: keep(try textAlignment(), as: \.text)
        case .retrieval: keep(try RetrievalQuality(self), as: \.retrieval)
        case .diversity: keep(try CaptionDiversity(self), as: \.diversity)
        case .samples: keep(try SampleQuality(self), as: \.samples)
        case .inversion: keep(try InversionQuality(self), as: \.inversion)
        case .edits: keep(try EditQuality(self), as: \.edits)
        case .sketch: keep(try ConditionQuality(self, of: .sketch), as: \.sketch)
        case .labels: keep(try ConditionQuality(self, of: .labels), as: \.labels)
        }
    }
}

/// What a section measured.
protocol SectionQuality {
    /// As lines of the table.
    var figures: [EvaluationFigure] { get }
}
