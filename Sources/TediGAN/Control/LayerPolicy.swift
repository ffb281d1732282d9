public import Captions

/// Which words of a caption name which attribute, and which layers of a code carry it: the data behind the control
/// mechanism, inspectable and part of the pack.
///
/// No published algorithm maps words to layers; the paper chose them by experiment. A policy is measured per pack.
public struct LayerPolicy: Sendable, Hashable, Codable {
    /// The attributes, in the order in which they are reported.
    public let attributes: [AttributePolicy]

    private let tokenizer: CaptionTokenizer
    private let reader: PhraseReader

    /// Creates a policy.
    public init(attributes: [AttributePolicy], tokenizer: CaptionTokenizer = CaptionTokenizer()) {
        self.attributes = attributes
        self.tokenizer = tokenizer
        reader = PhraseReader(
            attributes.enumerated().flatMap { index, policy in
                [(policy.positive, true), (policy.negative, false)].flatMap { texts, isPresent in
                    texts.map {
                        PhraseReader.Phrase(words: tokenizer.words(of: $0), name: index, isPresent: isPresent)
                    }
                }
            })
    }

    /// The attributes that a caption names, in the policy's order; see `PhraseReader` for how it is read.
    ///
    /// A phrase may name several attributes. Where a caption says both of one attribute, what it says first counts.
    public func named(in caption: String) -> [NamedAttribute] {
        named(in: tokenizer.words(of: caption))
    }

    /// The same for a caption that is already split into words.
    public func named(in words: [String]) -> [NamedAttribute] {
        reader.mentions(in: words).sorted { $0.name < $1.name }.map {
            NamedAttribute(attribute: attributes[$0.name].attribute, isPresent: $0.isPresent)
        }
    }

    /// The policy of an attribute, or nil.
    public func policy(of attribute: String) -> AttributePolicy? {
        attributes.first { $0.attribute == attribute }
    }

    /// Checks the policy against the shape of a code and the subspaces at hand.
    /// - Parameters:
    ///   - layers: L.
    ///   - subspaces: the names of the subspaces of the pack.
    /// - Throws: ``TediGANError/invalid(_:)`` naming the attribute at fault.
    public func validate(layers: Int, subspaces: Set<String>) throws(TediGANError) {
        guard attributes.count <= 4096 else { throw .invalid("a layer policy has at most 4096 attributes") }
        var names: Set<String> = []
        for policy in attributes {
            let name = policy.attribute
            guard !name.isEmpty, name.utf8.count <= 200, names.insert(name).inserted else {
                throw .invalid("layer policy: the attribute name \"\(name)\" is empty, too long or used twice")
            }
            try Self.check(policy.layers, of: name, layers: layers)
            let texts = policy.positive + policy.negative
            guard texts.count <= 1000, texts.allSatisfy({ $0.utf8.count <= 200 && !tokenizer.words(of: $0).isEmpty })
            else {
                throw .invalid("layer policy: the phrases of \(name) must have words, and 200 bytes at most")
            }
            if let subspace = policy.subspace, !subspaces.contains(subspace) {
                throw .invalid("layer policy: the subspace \(subspace) of \(name) is not in the pack")
            }
        }
    }

    /// The policy with other layers for some attributes: what one job asks for, over what was measured for the pack.
    /// - Parameters:
    ///   - changes: layers by attribute; attributes that are not named keep theirs.
    ///   - layers: L.
    /// - Throws: ``TediGANError/invalid(_:)`` for an attribute that the policy has not, and for layers that do not
    ///   ascend within 0..<L.
    public func overriding(_ changes: [String: [Int]], layers: Int) throws(TediGANError) -> LayerPolicy {
        for (name, chosen) in changes.sorted(by: { $0.key < $1.key }) {
            guard policy(of: name) != nil else {
                let known = attributes.map(\.attribute).joined(separator: ", ")
                throw .invalid(
                    "there is no attribute \(name) to override; "
                        + (known.isEmpty ? "the pack's layer policy is empty" : "there are \(known)"))
            }
            try Self.check(chosen, of: name, layers: layers)
        }
        return LayerPolicy(
            attributes: attributes.map { old in
                var changed = old
                changed.layers = changes[old.attribute] ?? old.layers
                return changed
            }, tokenizer: tokenizer)
    }

    private static func check(_ chosen: [Int], of name: String, layers: Int) throws(TediGANError) {
        guard !chosen.isEmpty, chosen.allSatisfy({ (0..<layers).contains($0) }),
            zip(chosen, chosen.dropFirst()).allSatisfy({ $0 < $1 })
        else {
            throw .invalid("layer policy: the layers of \(name) must ascend within 0..<\(layers)")
        }
    }

    /// Reads the list of attributes.
    public init(from decoder: any Decoder) throws {
        self.init(attributes: try decoder.singleValueContainer().decode([AttributePolicy].self))
    }

    /// Writes the list of attributes.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(attributes)
    }
}
