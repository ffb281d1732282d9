import Captions

/// The words that name an attribute in a caption.
///
/// Phrases are token sequences as `CaptionTokenizer` makes them, joined by a space. A longer phrase that matches at a
/// word hides the shorter ones there, so "no beard" never counts as "beard".
public struct AttributePhrases: Sendable, Hashable, Codable {
    /// The attribute.
    public let attribute: FaceAttribute
    /// Phrases that say that the attribute holds.
    public let positive: [String]
    /// Phrases that say that it does not hold.
    public let negative: [String]

    /// The phrases of every attribute, in the order of `FaceAttribute.allCases`.
    public static let all: [AttributePhrases] = FaceAttribute.allCases.map { attribute in
        let forms = CaptionForms.of(attribute)
        return AttributePhrases(
            attribute: attribute, positive: unique(forms.positive.map(\.phrase)),
            negative: unique(forms.negative.map(\.phrase)))
    }

    /// What a tokenised caption says about attributes, in order of appearance, each attribute once.
    public static func mentions(in words: [String]) -> [AttributeMention] {
        reader.mentions(in: words).map {
            AttributeMention(attribute: all[$0.name].attribute, value: $0.isPresent)
        }
    }

    private static let reader = PhraseReader(
        all.enumerated().flatMap { index, phrases in
            phrases.positive.map { phrase($0, index, true) } + phrases.negative.map { phrase($0, index, false) }
        })

    private static func phrase(_ text: String, _ name: Int, _ isPresent: Bool) -> PhraseReader.Phrase {
        PhraseReader.Phrase(words: text.split(separator: " ").map(String.init), name: name, isPresent: isPresent)
    }

    private static func unique(_ phrases: [String]) -> [String] {
        var seen: Set<String> = []
        return phrases.filter { seen.insert($0).inserted }
    }
}

/// What a caption says about one attribute.
public struct AttributeMention: Sendable, Hashable, Codable {
    /// The attribute.
    public let attribute: FaceAttribute
    /// Whether the caption says that it holds.
    public let value: Bool

    /// Creates a mention.
    public init(attribute: FaceAttribute, value: Bool) {
        (self.attribute, self.value) = (attribute, value)
    }
}
