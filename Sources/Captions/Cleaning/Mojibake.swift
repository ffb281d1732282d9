/// Undoes UTF-8 that was read as Windows-1252: "cafÃ©" was "café".
///
/// A few pairs, such as a capital accented letter before a dash, are also legitimate text. Those count only where the
/// whole text reads as UTF-8 and something in it leaves no doubt, or beside a pair that leaves none; the others are
/// decoded wherever they stand.
enum Mojibake {
    /// The text with what was read wrongly read rightly; text that shows no sign of it is returned as it is.
    static func decoded(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        let bytes = scalars.map(byte)
        var sequences: [(range: Range<Int>, scalar: Unicode.Scalar, isSure: Bool)] = []
        var isUTF8 = true
        var place = 0
        while place < bytes.count {
            if let byte = bytes[place], byte < 0x80 {
                place += 1
            } else if let (scalar, length) = sequence(bytes[place...]) {
                let range = place..<place + length
                sequences.append((range, scalar, isSure(bytes[range].compactMap { $0 }, scalars[range])))
                place += length
            } else {
                isUTF8 = false
                place += 1
            }
        }
        guard sequences.contains(where: \.isSure) else { return scalars }
        // Doubt ends where a sequence stands beside a sure one: forwards, then backwards.
        for (left, right) in zip(sequences.indices, sequences.indices.dropFirst())
        where sequences[left].isSure && sequences[left].range.upperBound == sequences[right].range.lowerBound {
            sequences[right].isSure = true
        }
        for (left, right) in zip(sequences.indices, sequences.indices.dropFirst()).reversed()
        where sequences[right].isSure && sequences[left].range.upperBound == sequences[right].range.lowerBound {
            sequences[left].isSure = true
        }
        var result: [Unicode.Scalar] = []
        place = 0
        for (range, scalar, isSure) in sequences where isSure || isUTF8 {
            result += scalars[place..<range.lowerBound]
            result.append(scalar)
            place = range.upperBound
        }
        return result + scalars[place...]
    }

    /// The byte that Windows-1252 reads as the character; nil where there is none.
    private static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
        if scalar.value < 0x100 { return UInt8(truncatingIfNeeded: scalar.value) }
        return CharacterRepair.windows1252.firstIndex(of: scalar).map { UInt8($0 + 0x80) }
    }

    /// The character that bytes begin with in UTF-8, if it takes more than one.
    private static func sequence(_ bytes: ArraySlice<UInt8?>) -> (Unicode.Scalar, length: Int)? {
        guard let first = bytes.first ?? nil else { return nil }
        let length =
            switch first {
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 0
            }
        let part = bytes.prefix(length).compactMap { $0 }
        guard length > 0, part.count == length,
            let text = String(validating: part, as: UTF8.self), let scalar = text.unicodeScalars.first
        else { return nil }
        return (scalar, length)
    }

    /// Whether nobody would write these characters in this order.
    private static func isSure(_ bytes: [UInt8], _ scalars: ArraySlice<Unicode.Scalar>) -> Bool {
        let tail = scalars.dropFirst()
        switch bytes[0] {
        case 0xC2: return bytes[1] >= 0xA0 || isUnused(bytes[1])
        // Ã, Î and Ð end no word that a quotation mark or an ellipsis would follow.
        case 0xC3, 0xCE, 0xD0: return !tail.allSatisfy { afterVowels.contains($0) }
        case 0xC4...0xCD, 0xCF, 0xD1, 0xD8, 0xDC, 0xDD: return !tail.allSatisfy { afterCapitals.contains($0) }
        case 0xC2...0xDF: return isUnused(bytes[1])
        case 0xE0...0xEF: return !tail.allSatisfy { afterLetters.contains($0) }
        default: return true
        }
    }

    /// Whether Windows-1252 has no character of this number.
    private static func isUnused(_ byte: UInt8) -> Bool { [0x81, 0x8D, 0x8F, 0x90, 0x9D].contains(byte) }

    private static let afterVowels = Set("\u{2026}\u{152}\u{17D}\u{2019}".unicodeScalars)
    /// Punctuation, signs and letters of other alphabets that may follow a capital letter.
    private static let afterCapitals = Set(
        ("\u{2026}\u{160}\u{152}\u{17D}\u{2018}\u{2019}\u{201C}\u{201D}\u{2013}\u{2014}\u{2122}\u{161}\u{203A}\u{17E}"
            + "\u{178}\u{A0}\u{AD}\u{AE}\u{B4}\u{B7}\u{BB}").unicodeScalars)
    /// Punctuation that may follow a small letter twice in a row.
    private static let afterLetters = Set(
        ("\u{201A}\u{201E}\u{2026}\u{2039}\u{2018}\u{2019}\u{201C}\u{201D}\u{2022}\u{2013}\u{2014}\u{203A}\u{2122}"
            + "\u{A0}\u{A7}\u{AB}\u{AD}\u{AE}\u{B0}\u{B4}\u{B7}\u{BB}").unicodeScalars)
}
