/// Splits captions into words the way the Multi-Modal CelebA-HQ loader does.
///
/// Words are the maximal runs of `\w` (letters, digits, underscore), in lower case, with everything outside ASCII
/// dropped. The double replacement character that broken encodings leave behind counts as a space.
///
/// Source: AttnGAN and TediGAN `datasets.py`.
public struct CaptionTokenizer: Sendable, Hashable {
    /// The largest number of words that a caption keeps; longer captions lose random positions.
    public var wordLimit: Int

    /// Creates a tokeniser.
    /// - Parameter wordLimit: the cap on words per caption, at least 1; the published loader uses 20.
    public init(wordLimit: Int = 20) {
        self.wordLimit = max(1, wordLimit)
    }

    /// The words of a caption, in order, without a cap.
    public func words(of caption: String) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        // Lower case comes first, as in the loader: it can turn a letter into an ASCII one (the Kelvin sign into k).
        for scalar in Self.cleaned(caption.lowercased()) {
            if Self.isWord(scalar) {
                if scalar.isASCII { word.append(UInt8(truncatingIfNeeded: scalar.value)) }
            } else if !word.isEmpty {
                words.append(String(decoding: word, as: UTF8.self))
                word.removeAll(keepingCapacity: true)
            }
        }
        if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
        return words
    }

    /// The words of a caption, cut to `wordLimit` by keeping a random subset of positions in their order.
    /// - Parameter generator: the source of the subset; unused where the caption is short enough.
    public func words(of caption: String, using generator: inout some RandomNumberGenerator) -> [String] {
        capped(words(of: caption), using: &generator)
    }

    /// Cuts a sequence to `wordLimit` by keeping a random subset of positions in their order.
    public func capped<Element>(
        _ elements: [Element], using generator: inout some RandomNumberGenerator
    ) -> [Element] {
        guard elements.count > wordLimit else { return elements }
        var positions = Array(elements.indices)
        for chosen in 0..<wordLimit {
            positions.swapAt(chosen, Int.random(in: chosen..<positions.count, using: &generator))
        }
        return positions[..<wordLimit].sorted().map { elements[$0] }
    }

    /// The captions of a text file: its first non-empty lines, ten at most, as the published loader reads them.
    /// - Parameter limit: how many lines to keep.
    public func captions(ofFile text: String, limit: Int = 10) -> [String] {
        let lines = text.split(whereSeparator: \.isNewline)
        return Array(lines.lazy.map(String.init).filter { !words(of: $0).isEmpty }.prefix(limit))
    }

    /// The scalars of a caption, with each double replacement character turned into a space.
    private static func cleaned(_ caption: String) -> [Unicode.Scalar] {
        var scalars: [Unicode.Scalar] = []
        for scalar in caption.unicodeScalars {
            if scalar == "\u{FFFD}", scalars.last == "\u{FFFD}" {
                scalars[scalars.count - 1] = " "
            } else {
                scalars.append(scalar)
            }
        }
        return scalars
    }

    /// Whether `\w` matches the scalar; letters outside ASCII join a word before they are dropped from it.
    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == "_" { return true }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            return true
        default:
            return false
        }
    }
}
