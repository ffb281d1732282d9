/// Cuts a cleaned text into the words of CLIP's tokeniser.
///
/// At each place the first of these that fits: a special token, an English contraction, a run of letters, one digit, a
/// run of anything else but spaces. Spaces only separate.
struct ClipWords {
    /// One word.
    enum Word: Equatable {
        /// `<|startoftext|>`.
        case start
        /// `<|endoftext|>`.
        case end
        /// Anything else.
        case letters([Unicode.Scalar])
    }

    private enum Kind { case space, letter, number, other }

    private let scalars: [Unicode.Scalar]
    private var place = 0

    private static let specials: [([Unicode.Scalar], Word)] = [
        (Array("<|startoftext|>".unicodeScalars), .start), (Array("<|endoftext|>".unicodeScalars), .end),
    ]
    private static let contractions = ["s", "t", "re", "ve", "m", "ll", "d"].map { Array($0.unicodeScalars) }

    /// A scanner at the beginning of a text.
    init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

    /// The next word, or nil at the end.
    mutating func next() -> Word? {
        while place < scalars.count, Self.kind(scalars[place]) == .space { place += 1 }
        guard place < scalars.count else { return nil }
        for (spelling, word) in Self.specials where scalars[place...].starts(with: spelling) {
            place += spelling.count
            return word
        }
        let start = place
        place += length(at: start)
        return .letters(Array(scalars[start..<place]))
    }

    private func length(at start: Int) -> Int {
        if scalars[start] == "'" {
            let rest = scalars[(start + 1)...]
            if let found = Self.contractions.first(where: { rest.starts(with: $0, by: Self.isSameLetter) }) {
                return 1 + found.count
            }
        }
        let kind = Self.kind(scalars[start])
        guard kind != .number else { return 1 }
        return scalars[start...].prefix { Self.kind($0) == kind }.count
    }

    /// The published pattern ignores case, and there the long s is an s.
    private static func isSameLetter(_ scalar: Unicode.Scalar, _ letter: Unicode.Scalar) -> Bool {
        scalar == letter || (scalar == "\u{17F}" && letter == "s")
    }

    private static func kind(_ scalar: Unicode.Scalar) -> Kind {
        if scalar.properties.isWhitespace { return .space }
        return switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: .letter
        case .decimalNumber, .letterNumber, .otherNumber: .number
        default: .other
        }
    }
}
