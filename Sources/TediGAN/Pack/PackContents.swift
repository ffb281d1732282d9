public import Captions
public import Layers
public import Torch

/// What a pack is made of, before it is written.
public struct PackContents {
    /// A network.
    public struct Part {
        /// What it does and is, with its sizes.
        public var description: PackPart
        /// Its tensors by name, and the mean code where one lies beside them.
        public var tensors: [String: Tensor]

        /// Describes a network.
        /// - Parameters:
        ///   - role: what it does.
        ///   - family: what it is.
        ///   - sizes: of the family's own type.
        ///   - tensors: its numbers by name.
        /// - Throws: ``TediGANError/invalid(_:)`` for sizes that JSON cannot hold.
        public init(
            _ role: PackRole, _ family: PartFamily, _ sizes: some Encodable, _ tensors: [String: Tensor]
        ) throws(TediGANError) {
            description = PackPart(role: role, family: family, configuration: try JSONValue(encoding: sizes))
            self.tensors = tensors
        }

        /// A network as a pack describes it.
        public init(_ description: PackPart, tensors: [String: Tensor]) {
            self.description = description
            self.tensors = tensors
        }
    }

    /// The model's name.
    public var name: String
    /// The networks, each with a role of its own.
    public var parts: [Part]
    /// The words that the text encoder knows.
    public var vocabulary: Vocabulary?
    /// Words, attributes and layers.
    public var policy: LayerPolicy
    /// Directions [k, C] by name, for the attributes whose policy names one.
    public var subspaces: [String: Tensor]
    /// The merges by which CLIP reads captions, as published; nil where there are none.
    public var merges: String?
    /// ψ of sampled style codes where a request does not say; the generator's own if nil.
    public var truncation: Double?
    /// How many noise draws compete to become a style code.
    public var styleCandidates: Int
    /// How photos are inverted; as published if nil.
    public var inversion: InversionObjective?
    /// How the pack came to be; an object.
    public var provenance: JSONValue

    /// Collects what a pack is made of.
    public init(
        name: String, parts: [Part], vocabulary: Vocabulary? = nil, policy: LayerPolicy = LayerPolicy(attributes: []),
        subspaces: [String: Tensor] = [:], truncation: Double? = nil, styleCandidates: Int = 32,
        inversion: InversionObjective? = nil, provenance: JSONValue = .object([:])
    ) {
        self.name = name
        self.parts = parts
        self.vocabulary = vocabulary
        self.policy = policy
        self.subspaces = subspaces
        self.truncation = truncation
        self.styleCandidates = styleCandidates
        self.inversion = inversion
        self.provenance = provenance
    }

    /// Collects what a pack of our own training is made of.
    public init(
        name: String, generator: (configuration: GeneratorConfiguration, store: ParameterStore),
        textEncoder: (configuration: TextEncoderConfiguration, store: ParameterStore),
        encoder: (configuration: InversionEncoderConfiguration, store: ParameterStore)? = nil, vocabulary: Vocabulary,
        policy: LayerPolicy, subspaces: [String: Tensor] = [:], truncation: Double = 0.7, styleCandidates: Int = 32,
        provenance: JSONValue = .object([:])
    ) throws(TediGANError) {
        var parts = [
            try Part(.generator, .styleGAN, generator.configuration, generator.store.tensors),
            try Part(.text, .textEncoder, textEncoder.configuration, textEncoder.store.tensors),
        ]
        if let encoder {
            parts.append(try Part(.photo, .inversionEncoder, encoder.configuration, encoder.store.tensors))
        }
        self.init(
            name: name, parts: parts, vocabulary: vocabulary, policy: policy, subspaces: subspaces,
            truncation: truncation, styleCandidates: styleCandidates, provenance: provenance)
    }

    /// The network that has a role, or nil; a new one takes the place of the old one.
    public subscript(_ role: PackRole) -> Part? {
        get { parts.first { $0.description.role == role } }
        set {
            parts.removeAll { $0.description.role == role }
            if let newValue { parts.append(newValue) }
        }
    }
}
