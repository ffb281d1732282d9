import Foundation

/// Mends and normalises a caption before CLIP's tokeniser reads it.
///
/// The order is that of the published code: line by line the repairs of `ftfy.fix_text`, repeated until nothing
/// changes; then HTML's character references twice; then white space collapsed, and lower case.
enum CaptionCleaner {
    /// The scalars that the tokeniser reads.
    static func cleaned(_ text: String) -> [Unicode.Scalar] {
        var scalars = repaired(Array(text.unicodeScalars))
        for _ in 0..<2 { scalars = CharacterReferences.decoded(scalars) }
        return lowercased(collapsed(scalars))
    }

    /// All lines repaired.
    ///
    /// From the first "<" on, references are left to the later passes: it may be markup.
    private static func repaired(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var decodesReferences = true
        var rest = scalars[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: "\n").map { $0 + 1 } ?? rest.endIndex
            let line = Array(rest[..<end])
            if line.contains("<") { decodesReferences = false }
            result += repairedLine(line, decodesReferences)
            rest = rest[end...]
        }
        return result
    }

    private static func repairedLine(_ line: [Unicode.Scalar], _ decodesReferences: Bool) -> [Unicode.Scalar] {
        var line = line
        // Each round undoes one layer of damage. Only a text that was made to has so many, and would take long.
        for _ in 0..<32 {
            let before = line
            if decodesReferences { line = CharacterReferences.decodedStrictly(line) }
            line = Mojibake.decoded(line)
            line = CharacterRepair.repaired(line)
            line = composed(line)
            if line == before { break }
        }
        return line
    }

    private static func composed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        if scalars.allSatisfy({ $0.value < 0x300 }) { return scalars }
        return Array(string(scalars).precomposedStringWithCanonicalMapping.unicodeScalars)
    }

    /// One space for every run of white space, none at the ends.
    private static func collapsed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        // Python counts the four separators of ASCII too.
        let words = scalars.split { $0.properties.isWhitespace || (0x1C...0x1F).contains($0.value) }
        return Array(words.joined(separator: [" "]))
    }

    /// Lower case, with the Greek sigma that ends a word as its own letter.
    private static func lowercased(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        scalars.indices.flatMap { index -> [Unicode.Scalar] in
            let scalar = scalars[index]
            if scalar == "\u{3A3}" {
                let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
                let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
                let ends = before?.properties.isCased == true && after?.properties.isCased != true
                return [ends ? "\u{3C2}" : "\u{3C3}"]
            }
            return Array(scalar.properties.lowercaseMapping.unicodeScalars)
        }
    }

    /// A text of the scalars.
    static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
