/// Makes texts that are right and look wrong.
public enum Texts {
    /// A text of up to `count` characters, most of them odd; never with a NUL.
    public static func odd(upTo count: Int, using generator: inout some RandomNumberGenerator) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 1...max(1, count), using: &generator) { text.append(scalar(&generator)) }
        return String(text)
    }

    private static func scalar(_ generator: inout some RandomNumberGenerator) -> Unicode.Scalar {
        let range: ClosedRange<UInt32> =
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: 1...0x1F
            case 1: 0x22...0x5C
            case 2: 0x7F...0x2FF
            case 3: 0x300...0x2FFF
            case 4: 0xE000...0x10FFFF
            default: 0x61...0x7A
            }
        return Unicode.Scalar(UInt32.random(in: range, using: &generator)) ?? "?"
    }
}
