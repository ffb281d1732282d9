/// How the frames of an interpolation are kept.
public enum FrameFormat: String, Hashable, Sendable, Codable, CaseIterable {
    /// One picture for each frame.
    case frames
    /// One animated picture.
    case animation
}

/// What a batch or a line asks for beside its caption and its inputs; which of it a kind takes, is its own.
///
/// Example: `{"steps": 200, "losses": {"pixel": 1, "perceptual": 0.8}, "scores": true}`
public struct OptionsBody: Hashable, Sendable, Codable {
    /// Rows of the W+ code, from 0: those taken from the second source of a mix, or from the drawn style.
    public var layers: [Int]?
    /// The layers that an attribute changes, in place of the model's own.
    public var policy: [String: [Int]]?
    /// How far an edit goes, 0 to 3.
    public var strength: Double?
    /// Steps of optimisation, 0 to 5,000.
    public var steps: Int?
    /// Weights of the losses, 0 to 1,000, by name: pixel, perceptual, encoder, start, text, clip, identity.
    public var losses: [String: Double]?
    /// Step width of optimisation, 0.0001 to 1.
    public var learningRate: Double?
    /// Frames of an interpolation, 2 to 240.
    public var frames: Int?
    /// How they are kept; as frames when absent.
    public var format: FrameFormat?
    /// Seed that the style is drawn from in place of the job's.
    public var style: UInt64?
    /// Images drawn, of which the one that is most like its caption is kept, 2 to 64.
    public var bestOf: Int?
    /// Whether similarity, identity, drift and artefacts are measured.
    public var scores: Bool?
    /// Number of the first sample of a line, 0 to 999, so that one of many is made again alone.
    public var firstSample: Int?

    /// Describes options; absent ones are the model's own.
    public init(
        layers: [Int]? = nil, policy: [String: [Int]]? = nil, strength: Double? = nil, steps: Int? = nil,
        losses: [String: Double]? = nil, learningRate: Double? = nil, frames: Int? = nil, format: FrameFormat? = nil,
        style: UInt64? = nil, bestOf: Int? = nil, scores: Bool? = nil, firstSample: Int? = nil
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

    /// Whether nothing is asked for.
    public var isEmpty: Bool { self == OptionsBody() }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case layers, policy, strength, steps, losses, frames, format, style, scores
        case learningRate = "learning_rate"
        case bestOf = "best_of"
        case firstSample = "first_sample"
    }

    /// Reads options; an unknown field is an error, for it is a misspelt option.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownFields(besides: CodingKeys.self)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        layers = try values.decodeIfPresent([Int].self, forKey: .layers)
        policy = try values.decodeIfPresent([String: [Int]].self, forKey: .policy)
        strength = try values.decodeIfPresent(Double.self, forKey: .strength)
        steps = try values.decodeIfPresent(Int.self, forKey: .steps)
        losses = try values.decodeIfPresent([String: Double].self, forKey: .losses)
        learningRate = try values.decodeIfPresent(Double.self, forKey: .learningRate)
        frames = try values.decodeIfPresent(Int.self, forKey: .frames)
        format = try values.decodeIfPresent(FrameFormat.self, forKey: .format)
        style = try values.decodeIfPresent(UInt64.self, forKey: .style)
        bestOf = try values.decodeIfPresent(Int.self, forKey: .bestOf)
        scores = try values.decodeIfPresent(Bool.self, forKey: .scores)
        firstSample = try values.decodeIfPresent(Int.self, forKey: .firstSample)
    }
}

/// What a job or a line works on: each is the name of an artifact (`sha256:…`) or of a job that makes it (`job:…`).
///
/// Example: `{"photo": "sha256:9f86…"}`
public struct InputsView: Hashable, Sendable, Codable {
    /// A photo, or another picture.
    public var photo: String?
    /// A sketch.
    public var sketch: String?
    /// A label map.
    public var labels: String?
    /// A W+ code.
    public var code: String?
    /// The index of a finished batch.
    public var index: String?
    /// Codes or photos to mix, or to go from one to the next.
    public var sources: [String]?
    /// Says that nothing is given but random numbers, so that a forgotten caption is not taken for that.
    public var noise: Bool?

    /// Names inputs.
    public init(
        photo: String? = nil, sketch: String? = nil, labels: String? = nil, code: String? = nil, index: String? = nil,
        sources: [String]? = nil, noise: Bool? = nil
    ) {
        self.noise = noise
        self.photo = photo
        self.sketch = sketch
        self.labels = labels
        self.code = code
        self.index = index
        self.sources = sources
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case photo, sketch, labels, code, index, sources, noise
    }

    /// The names of all fields.
    static let fields = CodingKeys.allCases.map(\.stringValue)

    /// Whether there are none.
    public var isEmpty: Bool { self == InputsView() }
}
