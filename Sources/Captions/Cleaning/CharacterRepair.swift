import Foundation

/// The repairs that look at one character, or at a few in a row.
enum CharacterRepair {
    /// Windows-1252's characters for the control characters U+0080...U+009F; those without one keep their number.
    static let windows1252: [Unicode.Scalar] = Array(
        ("\u{20AC}\u{81}\u{201A}\u{192}\u{201E}\u{2026}\u{2020}\u{2021}"
            + "\u{2C6}\u{2030}\u{160}\u{2039}\u{152}\u{8D}\u{17D}\u{8F}"
            + "\u{90}\u{2018}\u{2019}\u{201C}\u{201D}\u{2022}\u{2013}\u{2014}"
            + "\u{2DC}\u{2122}\u{161}\u{203A}\u{153}\u{9D}\u{17E}\u{178}").unicodeScalars)

    /// The text with every repair done, in the published order.
    static func repaired(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        let plain = scalars.flatMap { scalar in
            scalar.value < 0x80 ? [scalar] : unligated(unmasked(scalar)).flatMap(widened).map(straightened)
        }
        return withoutControls(withoutEscapes(withLineFeeds(plain)))
    }

    /// Nobody means the control characters of Latin-1; they are Windows-1252 read wrongly.
    private static func unmasked(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        (0x80...0x9F).contains(scalar.value) ? windows1252[Int(scalar.value) - 0x80] : scalar
    }

    /// Letters set as one glyph, as several.
    private static func unligated(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        switch scalar.value {
        // Its decomposition would also turn the long s into an s.
        case 0xFB05: ["\u{17F}", "t"]
        case 0x132, 0x133, 0x149, 0x1C4...0x1CC, 0x1F1...0x1F3, 0xFB00...0xFB06: compatible(scalar)
        default: [scalar]
        }
    }

    /// Full-width and half-width forms, as ordinary characters.
    private static func widened(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        switch scalar.value {
        case 0x3000: [" "]
        case 0xFF01..<0xFFF0: compatible(scalar)
        default: [scalar]
        }
    }

    private static func straightened(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0x2BC, 0x2018...0x201B: "'"
        case 0x201C...0x201F: "\""
        default: scalar
        }
    }

    private static func compatible(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        Array(String(scalar).precomposedStringWithCompatibilityMapping.unicodeScalars)
    }

    /// All line breaks as line feeds.
    private static func withLineFeeds(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        for (index, scalar) in scalars.enumerated() {
            switch scalar.value {
            case 0x0D where scalars[(index + 1)...].first == "\n": break
            case 0x0D, 0x85, 0x2028, 0x2029: result.append("\n")
            default: result.append(scalar)
            }
        }
        return result
    }

    /// Without the sequences that colour a terminal: ESC [, digits and semicolons, a letter.
    private static func withoutEscapes(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard scalars.contains("\u{1B}") else { return scalars }
        var result: [Unicode.Scalar] = []
        var rest = scalars[...]
        while let first = rest.first {
            if rest.starts(with: ["\u{1B}", "["]) {
                let tail = rest.dropFirst(2).drop { ("0"..."9").contains($0) || $0 == ";" }
                if let letter = tail.first, letter.isASCII, letter.properties.isAlphabetic {
                    rest = tail.dropFirst()
                    continue
                }
            }
            result.append(first)
            rest = rest.dropFirst()
        }
        return result
    }

    private static func withoutControls(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        scalars.filter { scalar in
            switch scalar.value {
            case 0x00...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFC: false
            default: true
            }
        }
    }
}
