/// How a job is to be done, where its kind leaves a choice; what is absent is the model's own.
public struct JobOptions: Hashable, Sendable {
    /// Strengths of an edit.
    public static let strengths: ClosedRange<Double> = 0...3
    /// Steps of an optimisation.
    public static let steps: ClosedRange<Int> = 0...5_000
    /// Steps of kinds that are not long.
    public static let shortSteps: ClosedRange<Int> = 0...200
    /// Weights of the terms of a loss.
    public static let weights: ClosedRange<Double> = 0...1_000
    /// Learning rates.
    public static let learningRates: ClosedRange<Double> = 0.0001...1
    /// Frames of a way.
    public static let frameCounts: ClosedRange<Int> = 2...240
    /// Samples among which the best is chosen.
    public static let choices: ClosedRange<Int> = 2...64
    /// Layers that any generator has.
    public static let layerNumbers: ClosedRange<Int> = 0...63
    /// Most bytes of the JSON: with the longest caption, a request stays within ``JobRequest/maximumBytes``.
    public static let maximumBytes = 2_048

    /// Of a mix, the layers of the second source; with a sketch or label map, the layers of the drawn style.
    public var layers: [Int]?
    /// Attributes whose layers are others than the pack's policy says.
    public var policy: [String: [Int]]
    /// How far an edit goes; 1 is what the words say.
    public var strength: Double?
    /// Steps of instance-level optimisation.
    public var steps: Int?
    /// Terms of the loss with their weights.
    public var losses: [OptimizationTerm: Double]
    /// Learning rate of the optimisation.
    public var learningRate: Double?
    /// Frames from the first source to the last.
    public var frames: Int?
    /// How frames are handed out.
    public var format: InterpolationFormat?
    /// Seed of the style code, where it is not that of the job.
    public var style: UInt64?
    /// Samples that are made, of which the one is kept that shows best what the caption says.
    public var bestOf: Int?
    /// Whether the picture is measured: see ``JobScore``.
    public var scores: Bool
    /// Number of the first sample of a line, so that one of many is made again alone; the request has it as its sample.
    public var firstSample: Int?

    /// Describes options.
    public init(
        layers: [Int]? = nil, policy: [String: [Int]] = [:], strength: Double? = nil, steps: Int? = nil,
        losses: [OptimizationTerm: Double] = [:], learningRate: Double? = nil, frames: Int? = nil,
        format: InterpolationFormat? = nil, style: UInt64? = nil, bestOf: Int? = nil, scores: Bool = false,
        firstSample: Int? = nil
    ) {
        self.firstSample = firstSample
        self.layers = layers
        self.policy = policy
        self.strength = strength
        self.steps = steps
        self.losses = losses
        self.learningRate = learningRate
        self.frames = frames
        self.format = format
        self.style = style
        self.bestOf = bestOf
        self.scores = scores
    }

    /// Nothing chosen.
    public static let none = JobOptions()

    /// Whether nothing is chosen.
    public var isEmpty: Bool { self == .none }

    /// These options with whatever `other` chooses in their place.
    public func overridden(by other: JobOptions) -> JobOptions {
        guard !other.isEmpty else { return self }
        return JobOptions(
            layers: other.layers ?? layers, policy: policy.merging(other.policy) { $1 },
            strength: other.strength ?? strength, steps: other.steps ?? steps,
            losses: other.losses.isEmpty ? losses : other.losses, learningRate: other.learningRate ?? learningRate,
            frames: other.frames ?? frames, format: other.format ?? format, style: other.style ?? style,
            bestOf: other.bestOf ?? bestOf, scores: other.scores || scores,
            firstSample: other.firstSample ?? firstSample)
    }
}
