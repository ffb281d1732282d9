/// Finds phrases in a caption and tells which of them it denies.
///
/// At each word the longest phrase that fits counts, and its words are used up. A denial ("no", "without", "not",
/// "neither", …) before a phrase turns it around, and reaches along a list: "no beard, mustache or glasses", "neither
/// a hat nor earrings", "without makeup and earrings". After "no", an "and" ends it: "no beard and long hair" has long
/// hair.
public struct PhraseReader: Sendable, Hashable {
    /// A phrase to look for.
    public struct Phrase: Sendable, Hashable {
        /// Its words, as the tokeniser makes them.
        public let words: [String]
        /// What it names; several phrases may name the same, and one phrase may stand under several names.
        public let name: Int
        /// Whether it says that what it names is there, or, as "no beard" or "old", that it is not.
        public let isPresent: Bool

        /// Creates a phrase.
        public init(words: [String], name: Int, isPresent: Bool) {
            (self.words, self.name, self.isPresent) = (words, name, isPresent)
        }
    }

    /// What a caption says of one name.
    public struct Mention: Sendable, Hashable {
        /// The name.
        public let name: Int
        /// Whether it is said to be there.
        public let isPresent: Bool
    }

    /// A place in the caption where phrases fit, all of the same words.
    private struct Match {
        let range: Range<Int>
        let phrases: [Phrase]
    }

    private let phrases: [String: [Phrase]]

    /// A reader for `phrases`; those without words are left out.
    public init(_ phrases: [Phrase]) {
        self.phrases = Dictionary(grouping: phrases.filter { !$0.words.isEmpty }) { $0.words[0] }
            .mapValues { $0.sorted { ($1.words.count, $0.name) < ($0.words.count, $1.name) } }
    }

    /// What the words say, in their order; each name once, by what is said of it first.
    public func mentions(in words: [String]) -> [Mention] {
        let matches = matches(in: words)
        let denied = denials(of: matches, in: words)
        var found: [Mention] = []
        for (match, isDenied) in zip(matches, denied) {
            for phrase in match.phrases where !found.contains(where: { $0.name == phrase.name }) {
                // What "not old" or "not without a beard" says is anybody's guess.
                guard !isDenied || phrase.isPresent else { continue }
                found.append(Mention(name: phrase.name, isPresent: phrase.isPresent && !isDenied))
            }
        }
        return found
    }

    private func matches(in words: [String]) -> [Match] {
        var matches: [Match] = []
        var position = 0
        while position < words.count {
            let rest = words[position...]
            let fitting = (phrases[words[position]] ?? []).filter { rest.starts(with: $0.words) }
            let length = fitting.first?.words.count ?? 1
            if !fitting.isEmpty {
                matches.append(
                    Match(
                        range: position..<position + length, phrases: fitting.filter { $0.words.count == length }))
            }
            position += length
        }
        return matches
    }

    // MARK: Denial

    private static let openers: Set = ["no", "without", "not", "never", "neither", "nor"]
    /// What is left of "doesn't" and the like.
    private static let clipped: Set = ["don", "doesn", "didn", "isn", "aren", "wasn", "hasn", "haven"]
    private static let articles: Set = ["a", "an", "the", "any"]
    private static let verbs: Set = ["wearing", "wear", "wears", "have", "has", "having", "got", "is", "are"]

    /// Whether each match is denied from outside of its own words.
    private func denials(of matches: [Match], in words: [String]) -> [Bool] {
        var denied = [Bool](repeating: false, count: matches.count)
        // The word that opened the denial that reaches to here, and the matches that a comma left open.
        var opener: String?
        var open: [Int] = []
        for (index, match) in matches.enumerated() {
            let gap = Array(words[(index == 0 ? 0 : matches[index - 1].range.upperBound)..<match.range.lowerBound])
            let link = gap.filter { !Self.articles.contains($0) }
            let first = words[match.range.lowerBound]
            if Self.openers.contains(first) {
                (opener, open) = (first, [])
            } else if let found = Self.opener(before: link) {
                denied[index] = true
                (opener, open) = (found, [])
            } else if opener != nil, link == ["or"] || (link == ["and"] && opener == "without") {
                for index in open + [index] { denied[index] = true }
                open = []
            } else if opener != nil, link.isEmpty {
                open.append(index)
            } else {
                (opener, open) = (nil, [])
            }
        }
        return denied
    }

    /// The denial at the end of the words before a phrase, with no more than a verb between.
    private static func opener(before phrase: [String]) -> String? {
        let words = phrase.reversed().drop { verbs.contains($0) }
        guard let last = words.first else { return nil }
        if openers.contains(last) { return last }
        let isClipped = last == "t" && words.dropFirst().first.map(clipped.contains) ?? false
        return isClipped ? "not" : nil
    }
}
