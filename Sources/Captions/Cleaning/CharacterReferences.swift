/// Decodes HTML's character references: `&amp;`, `&#39;`, `&#x27;`.
enum CharacterReferences {
    /// Decodes as browsers do: some names need no semicolon, and what is none stays.
    static func decoded(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        replaced(scalars) { rest in
            if rest.first == "#" { return number(rest.dropFirst(), needsSemicolon: false).map { ($0.0, $0.1 + 1) } }
            let name = rest.prefix(32).prefix { !"\t\n\u{C} <&#;".unicodeScalars.contains($0) }
            guard !name.isEmpty else { return nil }
            if rest.dropFirst(name.count).first == ";", let scalar = CharacterNames.scalar(name) {
                return ([scalar], name.count + 1)
            }
            for length in stride(from: name.count, to: 1, by: -1) {
                if let scalar = CharacterNames.oldScalar(name.prefix(length)) { return ([scalar], length) }
            }
            return nil
        }
    }

    /// Decodes only what ends with a semicolon, and names in capitals too: `&EACUTE;`.
    static func decodedStrictly(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        replaced(scalars) { rest in
            if rest.first == "#" { return number(rest.dropFirst(), needsSemicolon: true).map { ($0.0, $0.1 + 1) } }
            let name = rest.prefix(25).prefix(while: isAlphanumeric)
            guard (1...24).contains(name.count), rest.dropFirst(name.count).first == ";" else { return nil }
            if let scalar = CharacterNames.scalar(name) { return ([scalar], name.count + 1) }
            let text = CaptionCleaner.string(name)
            guard text == text.uppercased(), let scalar = CharacterNames.scalar(text.lowercased().unicodeScalars)
            else { return nil }
            return (Array(scalar.properties.uppercaseMapping.unicodeScalars), name.count + 1)
        }
    }

    /// Replaces what `reference` finds after an ampersand: the characters, and how many it stands on.
    private static func replaced(
        _ scalars: [Unicode.Scalar], _ reference: (ArraySlice<Unicode.Scalar>) -> ([Unicode.Scalar], Int)?
    ) -> [Unicode.Scalar] {
        guard scalars.contains("&") else { return scalars }
        var result: [Unicode.Scalar] = []
        var rest = scalars[...]
        while let first = rest.popFirst() {
            if first == "&", let (found, length) = reference(rest) {
                result += found
                rest = rest.dropFirst(length)
            } else {
                result.append(first)
            }
        }
        return result
    }

    /// Reads what follows `&#`.
    private static func number(
        _ rest: ArraySlice<Unicode.Scalar>, needsSemicolon: Bool
    ) -> ([Unicode.Scalar], Int)? {
        let isHexadecimal = rest.first == "x" || rest.first == "X"
        let start = isHexadecimal ? rest.dropFirst() : rest
        let digits = start.prefix { isDigit($0, hexadecimal: isHexadecimal) }
        guard !digits.isEmpty else { return nil }
        let hasSemicolon = start.dropFirst(digits.count).first == ";"
        guard hasSemicolon || !needsSemicolon else { return nil }
        let length = (isHexadecimal ? 1 : 0) + digits.count + (hasSemicolon ? 1 : 0)
        return (character(UInt32(CaptionCleaner.string(digits), radix: isHexadecimal ? 16 : 10)), length)
    }

    /// The character of a number, by HTML's rules for numbers that no character should have.
    private static func character(_ number: UInt32?) -> [Unicode.Scalar] {
        guard let number, number != 0, let scalar = Unicode.Scalar(number) else { return ["\u{FFFD}"] }
        switch number {
        case 0x80...0x9F: return [CharacterRepair.windows1252[Int(number) - 0x80]]
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0xFDD0...0xFDEF: return []
        default: return number & 0xFFFE == 0xFFFE ? [] : [scalar]
        }
    }

    private static func isDigit(_ scalar: Unicode.Scalar, hexadecimal: Bool) -> Bool {
        ("0"..."9").contains(scalar)
            || (hexadecimal && (("a"..."f").contains(scalar) || ("A"..."F").contains(scalar)))
    }

    private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }
}
