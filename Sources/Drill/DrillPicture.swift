import WorkerRuntime

/// The picture of a drill: eight by eight pixels out of one number, which each step of a long drill stirs.
struct DrillPicture {
    /// Width and height in pixels.
    static let size = 8

    private var state: UInt64

    init(seed: UInt64, sample: Int) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(sample)
        stir()
    }

    /// Goes on from a saved state; `nil` if it is none.
    init?(state bytes: [UInt8]) {
        guard bytes.count == 8 else { return nil }
        state = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// What a checkpoint holds: the number, most significant byte first.
    var saved: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: state >> (56 - $0 * 8)) } }

    /// One step (splitmix64).
    mutating func stir() {
        state = Self.mix(state &+ 0x9E37_79B9_7F4A_7C15)
    }

    /// The picture and its code.
    var image: GeneratedImage {
        var pixels: [UInt8] = []
        var word = state
        while pixels.count < Self.size * Self.size * 3 {
            word = Self.mix(word &+ 0x9E37_79B9_7F4A_7C15)
            pixels += (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
        }
        return GeneratedImage(
            pixels: pixels, width: Self.size, height: Self.size,
            code: (0..<4).map { Float(UInt16(truncatingIfNeeded: state >> ($0 * 16))) }, layers: 1, attributes: [:])
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
