public import Captions
public import Layers
public import Torch

/// What a pack is made of, before it is written.
public struct PackContents {
    /// The model's name.
    public var name: String
    /// The generator's sizes and numbers.
    public var generator: (configuration: GeneratorConfiguration, store: ParameterStore)
    /// The text encoder's sizes and numbers.
    public var textEncoder: (configuration: TextEncoderConfiguration, store: ParameterStore)
    /// The image encoder's sizes and numbers, if there is one.
    public var encoder: (configuration: InversionEncoderConfiguration, store: ParameterStore)?
    /// The words that the text encoder knows.
    public var vocabulary: Vocabulary
    /// Words, attributes and layers.
    public var policy: LayerPolicy
    /// Directions [k, C] by name, for the attributes whose policy names one.
    public var subspaces: [String: Tensor]
    /// ψ of sampled style codes where a request does not say.
    public var truncation: Double
    /// How many noise draws compete to become a style code.
    public var styleCandidates: Int
    /// How the pack came to be; an object.
    public var provenance: JSONValue

    /// Collects what a pack is made of.
    public init(
        name: String, generator: (configuration: GeneratorConfiguration, store: ParameterStore),
        textEncoder: (configuration: TextEncoderConfiguration, store: ParameterStore),
        encoder: (configuration: InversionEncoderConfiguration, store: ParameterStore)? = nil, vocabulary: Vocabulary,
        policy: LayerPolicy, subspaces: [String: Tensor] = [:], truncation: Double = 0.7, styleCandidates: Int = 32,
        provenance: JSONValue = .object([:])
    ) {
        self.name = name
        self.generator = generator
        self.textEncoder = textEncoder
        self.encoder = encoder
        self.vocabulary = vocabulary
        self.policy = policy
        self.subspaces = subspaces
        self.truncation = truncation
        self.styleCandidates = styleCandidates
        self.provenance = provenance
    }
}
