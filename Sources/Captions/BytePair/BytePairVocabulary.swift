/// The symbols of a byte-pair vocabulary by number, and which pairs merge into which symbol.
///
/// Symbols 0..<256 are the bytes inside a word and 256..<512 those that end one, both in the order of the printable
/// alphabet below; symbol 512 + i is what merge i makes. A merge thus has its rank in its number, and words need no
/// strings to be merged.
struct BytePairVocabulary: Sendable {
    /// The number of symbols, without special tokens.
    let symbolCount: Int
    private let merged: [UInt64: UInt32]
    private let symbolOfByte: [UInt32]

    /// Reads a list of merges in UTF-8, at most `limit` after the heading.
    ///
    /// A merge of symbols that no line before it made could never happen, and a second way to the same symbol would
    /// give one text two numbers; neither is in the published list, and both are refused.
    init(_ merges: [UInt8], limit: Int) throws(BytePairError) {
        let alphabet = Self.alphabet
        let ending = Array("</w>".utf8)
        var symbols: [[UInt8]: UInt32] = [:]
        var symbolOfByte = [UInt32](repeating: 0, count: 256)
        for (index, entry) in alphabet.enumerated() {
            let spelling = Array(String(entry.scalar).utf8)
            symbolOfByte[Int(entry.byte)] = UInt32(index)
            symbols[spelling] = UInt32(index)
            symbols[spelling + ending] = UInt32(index + alphabet.count)
        }
        var merged: [UInt64: UInt32] = [:]
        let lines = merges.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropFirst()
        for (number, line) in lines.prefix(limit).enumerated() {
            let parts = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }
            // The line after the last line feed.
            if parts.isEmpty, number == lines.count - 1 { break }
            guard parts.count == 2, let left = symbols[Array(parts[0])], let right = symbols[Array(parts[1])],
                symbols[Array(parts[0] + parts[1])] == nil
            else { throw .malformedMerge(line: number + 2) }
            let symbol = UInt32(symbols.count)
            symbols[Array(parts[0] + parts[1])] = symbol
            merged[Self.key(left, right)] = symbol
        }
        self.merged = merged
        self.symbolOfByte = symbolOfByte
        symbolCount = symbols.count
    }

    /// The symbols that the bytes of one word merge into.
    func ids(ofWord bytes: [UInt8]) -> [Int] {
        var symbols = bytes.map { symbolOfByte[Int($0)] }
        guard let last = symbols.popLast() else { return [] }
        symbols.append(last + 256)
        return BytePairMerging(symbols) { merged[Self.key($0, $1)] }.run().map { Int($0) }
    }

    private static func key(_ left: UInt32, _ right: UInt32) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

    /// Every byte with the character that spells it in the list: itself where it is printable Latin-1, and one from
    /// U+0100 on for the others, which come last.
    private static var alphabet: [(byte: UInt8, scalar: Unicode.Scalar)] {
        let printable = [UInt8(33)...126, 161...172, 174...255]
        let plain = printable.joined().map { (byte: $0, scalar: Unicode.Scalar($0)) }
        let others = (UInt8.min...UInt8.max).filter { byte in !printable.contains { $0.contains(byte) } }
        let spelled = others.enumerated().compactMap { index, byte in
            Unicode.Scalar(UInt32(0x100 + index)).map { (byte: byte, scalar: $0) }
        }
        return plain + spelled
    }
}
