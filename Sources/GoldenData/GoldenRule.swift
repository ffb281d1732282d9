/// The numbers of the golden data: element i of a tensor is lo + (hi - lo) u, with u from a hash of its name and i.
public enum GoldenRule {
    /// 64-bit FNV-1a.
    public static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// u · 2^24 of element `index`.
    public static func fraction(_ hash: UInt64, _ index: UInt64) -> UInt64 {
        var z = hash &+ index &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return (z ^ (z >> 31)) >> 40
    }

    /// All elements, each rounded once to single precision.
    public static func values(_ name: String, count: Int, lo: Double, hi: Double) -> [Float] {
        let hash = hash(name)
        let span = hi - lo
        return [Float](unsafeUninitializedCapacity: count) { buffer, written in
            for index in 0..<count {
                let share = Double(fraction(hash, UInt64(index))) * 0x1p-24
                buffer.initializeElement(at: index, to: Float(lo + span * share))
            }
            written = count
        }
    }
}
