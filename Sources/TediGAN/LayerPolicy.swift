public import Captions

/// Which words of a caption name which attribute, and which layers of a code carry it: the data behind the control
/// mechanism, inspectable and part of the pack.
///
/// No published algorithm maps words to layers; the paper chose them by experiment. A policy is measured per pack.
public struct LayerPolicy: Sendable, Hashable, Codable {
    /// The attributes, in the order in which they are reported.
    public let attributes: [AttributePolicy]

    private let tokenizer: CaptionTokenizer
    private let phrases: [String: [Phrase]]

    private struct Phrase: Sendable, Hashable {
        let words: [String]
        let attribute: Int
        let isPresent: Bool
    }

    /// Creates a policy.
    public init(attributes: [AttributePolicy], tokenizer: CaptionTokenizer = CaptionTokenizer()) {
        self.attributes = attributes
        self.tokenizer = tokenizer
        var phrases: [String: [Phrase]] = [:]
        for (index, policy) in attributes.enumerated() {
            for (texts, isPresent) in [(policy.positive, true), (policy.negative, false)] {
                for words in texts.map(tokenizer.words(of:)) {
                    guard let first = words.first else { continue }
                    phrases[first, default: []].append(
                        Phrase(words: words, attribute: index, isPresent: isPresent))
                }
            }
        }
        self.phrases = phrases.mapValues { list in
            list.sorted { ($1.words.count, $0.attribute) < ($0.words.count, $1.attribute) }
        }
    }

    /// The attributes that a caption names, in the policy's order.
    ///
    /// The caption is read from left to right; at each word the longest phrase that fits counts and its words are
    /// used up, so that "no beard" is not also a beard. A phrase may name several attributes. Where a caption says
    /// both of one attribute, what it says first counts.
    public func named(in caption: String) -> [NamedAttribute] {
        named(in: tokenizer.words(of: caption))
    }

    /// The same for a caption that is already split into words.
    public func named(in words: [String]) -> [NamedAttribute] {
        var found: [Int: Bool] = [:]
        var position = 0
        while position < words.count {
            let rest = words[position...]
            let fitting = (phrases[words[position]] ?? []).filter { rest.starts(with: $0.words) }
            let longest = fitting.first?.words.count ?? 1
            for phrase in fitting where phrase.words.count == longest && found[phrase.attribute] == nil {
                found[phrase.attribute] = phrase.isPresent
            }
            position += longest
        }
        return found.sorted { $0.key < $1.key }.map {
            NamedAttribute(attribute: attributes[$0.key].attribute, isPresent: $0.value)
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
            guard !policy.layers.isEmpty, policy.layers.allSatisfy({ (0..<layers).contains($0) }),
                zip(policy.layers, policy.layers.dropFirst()).allSatisfy({ $0 < $1 })
            else {
                throw .invalid("layer policy: the layers of \(name) must ascend within 0..<\(layers)")
            }
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
