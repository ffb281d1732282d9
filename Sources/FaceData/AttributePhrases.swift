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
        var found: [AttributeMention] = []
        var position = 0
        while position < words.count {
            let match = index[words[position], default: []].first { words[position...].starts(with: $0.words) }
            guard let match else {
                position += 1
                continue
            }
            if !found.contains(where: { $0.attribute == match.mention.attribute }) { found.append(match.mention) }
            position += match.words.count
        }
        return found
    }

    private struct Entry: Sendable {
        let words: [String]
        let mention: AttributeMention
    }

    /// The phrases by their first word, longest first.
    private static let index: [String: [Entry]] = {
        let entries = all.flatMap { phrases in
            phrases.positive.map { entry($0, phrases.attribute, true) }
                + phrases.negative.map { entry($0, phrases.attribute, false) }
        }
        return Dictionary(grouping: entries) { $0.words.first ?? "" }
            .mapValues { $0.sorted { $0.words.count > $1.words.count } }
    }()

    private static func entry(_ phrase: String, _ attribute: FaceAttribute, _ value: Bool) -> Entry {
        Entry(words: phrase.split(separator: " ").map(String.init), mention: .init(attribute: attribute, value: value))
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
