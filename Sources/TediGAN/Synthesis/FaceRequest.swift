/// One face to make: of what, and how.
public struct FaceRequest: Sendable, Hashable {
    /// A face that is there already.
    public enum Source: Sendable, Hashable {
        /// As a photo, aligned.
        case photo(PhotoInput)
        /// As a code.
        case code(LatentCode)
    }

    /// What gives a face its outlines.
    public enum Shape: Sendable, Hashable {
        /// Dark lines on white.
        case sketch(SketchInput)
        /// A region for each pixel.
        case labels(LabelMap)
    }

    /// What is to be done.
    public enum Task: Sendable, Hashable {
        /// A new face: of the caption, of outlines, of both, or of noise alone.
        case generate(Shape?)
        /// A face changed in what the caption names.
        ///
        /// The strength is how much of the change is made: 0 none, 1 all of it; beyond, it is overdone. What the caption
        /// does not name is fitted to a photo by so many steps of optimisation.
        case manipulate(Source, strength: Double = 1, steps: Int = 0)
        /// A photo's code: the encoder's guess, improved by so many steps of optimisation.
        case invert(PhotoInput, steps: Int = 0)
        /// The first face with the ``FaceRequest/layers`` of the second.
        case mix(Source, Source)
        /// Faces on straight ways through all sources, both ends included.
        case interpolate([Source], frames: Int)
    }

    /// What is to be done.
    public var task: Task
    /// What the face shall be like; may be empty where something else says it.
    public var caption: String
    /// Where the random part comes from.
    public var key: SampleKey
    /// ψ of the style code; the pack's if nil.
    public var truncation: Double?
    /// The seed of the style code; the key's if nil.
    public var style: UInt64?
    /// Layers for attributes that are to be carried by others than the pack's policy says.
    public var policy: [String: [Int]]
    /// Of a mix, the layers of the second face; of a face with outlines, the layers of the style code.
    public var layers: [Int]?
    /// How many faces are drawn, of which the one that fits its caption best is kept.
    public var bestOf: Int
    /// Whether the result is measured.
    public var isScored: Bool

    /// Creates a request.
    public init(
        _ task: Task, caption: String = "", key: SampleKey = SampleKey(seed: 0), truncation: Double? = nil,
        style: UInt64? = nil, policy: [String: [Int]] = [:], layers: [Int]? = nil, bestOf: Int = 1,
        isScored: Bool = false
    ) {
        (self.task, self.caption, self.key, self.truncation) = (task, caption, key, truncation)
        (self.style, self.policy, self.layers) = (style, policy, layers)
        (self.bestOf, self.isScored) = (bestOf, isScored)
    }

    /// The key of one of the faces that compete: the first is the one that is made without a choice.
    func key(ofDraw draw: Int) -> SampleKey {
        guard draw > 0 else { return key }
        // The golden ratio's bits keep the derived seeds far from those that people choose.
        return SampleKey(seed: (key.seed ^ 0x9E37_79B9_7F4A_7C15) &+ UInt64(draw), sample: key.sample)
    }

    /// The key that the style code of such a face is drawn by.
    func styleKey(ofDraw draw: Int) -> SampleKey {
        let own = key(ofDraw: draw)
        guard let style else { return own }
        return draw == 0
            ? SampleKey(seed: style, sample: key.sample)
            : SampleKey(seed: (style ^ 0x9E37_79B9_7F4A_7C15) &+ UInt64(draw), sample: key.sample)
    }
}

/// A face that was made.
public struct MadeFace: Sendable, Hashable {
    /// RGB bytes, row by row; of an interpolation the frame in the middle.
    public var pixels: [UInt8]
    /// Height and width, in pixels.
    public var side: Int
    /// The code that was drawn.
    public var code: LatentCode
    /// What the caption named.
    public var attributes: [NamedAttribute]
    /// Pixels of all frames of an interpolation.
    public var frames: [[UInt8]] = []
    /// Which of the style candidates was chosen.
    public var styleCandidate = 0
    /// Which of the faces that competed was kept, from 0.
    public var draw = 0
    /// Figures by name: `similarity`, `identity`, `drift`, `artefact`, `loss`.
    public var scores: [String: Double] = [:]
}
