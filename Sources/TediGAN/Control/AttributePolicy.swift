/// What a caption can say about one attribute, and which part of a code carries it.
public struct AttributePolicy: Sendable, Hashable, Codable {
    /// The attribute's name, in the manner of CelebA: `Blond_Hair`.
    public var attribute: String
    /// Words that say the attribute is there: "beard", "blond hair".
    public var positive: [String]
    /// Words that say it is not: "no beard", "woman" for Male.
    public var negative: [String]
    /// The layers of a code that carry it, 0 the coarsest; ascending.
    public var layers: [Int]
    /// The name of its subspace in the pack's policy file: directions [k, C] that carry it on these layers.
    ///
    /// Where there is none, the attribute takes the layers whole.
    public var subspace: String?

    /// Creates a policy.
    public init(
        attribute: String, positive: [String], negative: [String] = [], layers: [Int], subspace: String? = nil
    ) {
        self.attribute = attribute
        self.positive = positive
        self.negative = negative
        self.layers = layers
        self.subspace = subspace
    }
}

/// An attribute that a caption names.
public struct NamedAttribute: Sendable, Hashable, Codable {
    /// The attribute's name.
    public var attribute: String
    /// Whether the caption says that it is there, or that it is not.
    public var isPresent: Bool

    /// Creates a named attribute.
    public init(attribute: String, isPresent: Bool) {
        self.attribute = attribute
        self.isPresent = isPresent
    }
}
