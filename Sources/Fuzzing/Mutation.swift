/// Damages inputs, as disks, editors, careless programs and attackers do.
public enum Mutation {
    /// Pieces that parsers have stumbled over.
    public static let nastyPieces: [[UInt8]] =
        [
            "{", "}", "[", "]", "\"", "\\", ",", ":", "\n", "\r\n", "\r", "\t", " ", "\u{0B}", "\u{FEFF}", "\u{2028}",
            "null", "true", "NaN", "-0", "1e999", "-1", "01", "1.5", "9223372036854775807", "9223372036854775808",
            "18446744073709551616", "1e308", "-9223372036854775808", "0.0000000000000000000001", "\\u0000", "\\ud800",
            "\\udc00\\ud800", "\\ud83d\\ude00", "\\uFFFF", "\\x", "\\u12", "caption", "\"caption\":\"x\"", "\"seed\":",
            "custom_id", "e\u{301}", "\u{202E}", "\u{10FFFF}", "'; DROP TABLE job; --", "%s%n", "../../etc/passwd",
            "\"\"", "\"\"\"", ",,,,",
        ].map { Array($0.utf8) } + [
            [0], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80],
            [0xEF, 0xBB, 0xBF], [0xFF, 0xFE], [0xFE, 0xFF], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0], [0x7F], [0x1B, 0x5B, 0x32],
        ]

    /// Applies one to four kinds of damage.
    /// - Parameters:
    ///   - input: What to damage.
    ///   - most: Most bytes of the result.
    ///   - generator: Decides.
    public static func damaged(
        _ input: [UInt8], most: Int = 64 << 10, using generator: inout some RandomNumberGenerator
    ) -> [UInt8] {
        var bytes = input
        for _ in 0..<Int.random(in: 1...4, using: &generator) { damage(&bytes, &generator) }
        return bytes.count > most ? Array(bytes[..<most]) : bytes
    }

    /// Bytes without any sense.
    public static func noise(upTo count: Int, using generator: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<Int.random(in: 0...count, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// One of the nasty pieces.
    public static func piece(using generator: inout some RandomNumberGenerator) -> [UInt8] {
        nastyPieces[Int.random(in: nastyPieces.indices, using: &generator)]
    }

    /// Cuts bytes into chunks, as a network does.
    public static func chunks(
        of bytes: [UInt8], using generator: inout some RandomNumberGenerator
    ) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        var start = 0
        let longest = [1, 3, 17, 4_096, max(1, bytes.count)].randomElement(using: &generator) ?? 1
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...longest, using: &generator))
            chunks.append(Array(bytes[start..<end]))
            start = end
        }
        return chunks
    }

    private static func damage(_ bytes: inout [UInt8], _ generator: inout some RandomNumberGenerator) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        let end = Int.random(in: place...bytes.count, using: &generator)
        switch Int.random(in: 0..<9, using: &generator) {
        case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes.removeSubrange(place...)
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
        case 4, 5: bytes.insert(contentsOf: piece(using: &generator), at: place)
        case 6: bytes.replaceSubrange(place..<end, with: piece(using: &generator))
        case 7:
            let depth = [2, 40, 2_000, 20_000].randomElement(using: &generator) ?? 2
            let opening = ["{\"a\":", "[", "{", "\""].randomElement(using: &generator) ?? "["
            bytes.insert(contentsOf: Array(String(repeating: opening, count: depth).utf8), at: place)
        default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        }
    }
}
