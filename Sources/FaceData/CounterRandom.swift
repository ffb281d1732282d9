import Foundation

/// A counter-based random generator: every number is a pure function of a key and a position.
///
/// Faces can so be drawn in any order, by any number of threads, and come out the same. The mixing function is the
/// finaliser of SplitMix64 (Steele, Lea, Flood 2014), applied to each part of the key in turn.
public struct CounterRandom: RandomNumberGenerator, Sendable {
    private let key: UInt64
    private var counter: UInt64 = 0

    /// Creates the stream of a seed and an index; `stream` keeps uses of the same index apart.
    public init(seed: UInt64, index: Int, stream: UInt64 = 0) {
        let first = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
        let second = Self.mix(first ^ UInt64(bitPattern: Int64(index)))
        key = Self.mix(second &+ stream &* 0xD1B5_4A32_D192_ED03)
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        counter &+= 1
        return Self.mix(key &+ counter &* 0x9E37_79B9_7F4A_7C15)
    }

    /// The next number in (0, 1).
    public mutating func uniform() -> Double {
        (Double(next() >> 11) + 0.5) * 0x1p-53
    }

    /// Standard normal numbers by the Box-Muller transform.
    public mutating func normals(_ count: Int) -> [Float] {
        var numbers: [Float] = []
        numbers.reserveCapacity(count + 1)
        while numbers.count < count {
            let radius = (-2 * log(uniform())).squareRoot()
            let angle = 2 * Double.pi * uniform()
            numbers.append(Float(radius * cos(angle)))
            numbers.append(Float(radius * sin(angle)))
        }
        return Array(numbers.prefix(count))
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
