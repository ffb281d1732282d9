public import Foundation

/// Everything that was measured of a pack.
public struct Evaluation: Codable, Sendable {
    /// Name of the pack.
    public let pack: String
    /// Digest of the pack.
    public let digest: String
    /// Side of its pictures in pixels.
    public let resolution: Int
    /// How many test faces there were; no figure of a distribution means anything without it.
    public let faces: Int
    /// Seed of faces, captions and noise.
    public let seed: UInt64
    /// The networks that measured.
    public internal(set) var networks: [MeasuringNetwork]
    /// What the judges are worth.
    public internal(set) var judges: JudgeQuality
    /// See ``EvaluationSection/text``.
    public internal(set) var text: TextAlignment?
    /// See ``EvaluationSection/retrieval``.
    public internal(set) var retrieval: RetrievalQuality?
    /// See ``EvaluationSection/diversity``.
    public internal(set) var diversity: CaptionDiversity?
    /// See ``EvaluationSection/samples``.
    public internal(set) var samples: SampleQuality?
    /// See ``EvaluationSection/inversion``.
    public internal(set) var inversion: InversionQuality?
    /// See ``EvaluationSection/edits``.
    public internal(set) var edits: EditQuality?
    /// See ``EvaluationSection/sketch``.
    public internal(set) var sketch: ConditionQuality?
    /// See ``EvaluationSection/labels``.
    public internal(set) var labels: ConditionQuality?
    /// What was asked for and could not be measured.
    public internal(set) var unmeasured: [Unmeasured] = []
    /// The figures of all sections in one list, as tables show them.
    public internal(set) var figures: [EvaluationFigure] = []
    /// Whether some figure came from a network that was not published, so that it compares with nothing published.
    public internal(set) var comparesWithNothingPublished: Bool

    /// A figure or a section that is missing, and why.
    public struct Unmeasured: Codable, Sendable, Hashable {
        /// The section.
        public let section: EvaluationSection
        /// What of it; nil for all of it.
        public let part: String?
        /// Why, and what would help.
        public let reason: String
    }

    /// The evaluation as JSON, with sorted keys.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(self)
    }
}
