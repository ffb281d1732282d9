import Foundation

/// Random numbers by counter: number `i` of a stream depends on the stream's key and on `i` alone.
///
/// Philox 4x32 with ten rounds. Streams with different keys are independent, any part of a stream can be had without
/// the parts before it, and the numbers are the same in every batch, on every thread and every machine.
///
/// The 64-bit `seed` is the key of the cipher. The 128-bit counter holds, from its low word up: the index of the
/// block of four numbers, `lane`, and the low and high half of `stream`.
///
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011, section 3.3.
public struct CounterGenerator: Sendable, Hashable {
    /// The key of the cipher.
    public let seed: UInt64
    /// Which stream of the seed.
    public let stream: UInt64
    /// Which lane of the stream.
    public let lane: UInt32

    /// Names a stream.
    public init(seed: UInt64, stream: UInt64 = 0, lane: UInt32 = 0) {
        self.seed = seed
        self.stream = stream
        self.lane = lane
    }

    /// Block `index` of the stream: four numbers of 32 random bits.
    public func block(_ index: UInt32) -> SIMD4<UInt32> {
        let counter = SIMD4(index, lane, UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
        return Self.cipher(
            counter: counter, key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    }

    /// `count` numbers of the stream, uniform on the open interval (0, 1).
    /// - Parameters:
    ///   - count: how many.
    ///   - start: how many of the stream's numbers to leave out first, a multiple of 4.
    public func uniforms(_ count: Int, from start: Int = 0) -> [Float] {
        filled(count, start) { bits in
            // 23 bits and a half, so that neither 0 nor 1 comes up after rounding to 24 bits.
            (SIMD4<Float>(SIMD4<Int32>(truncatingIfNeeded: bits &>> 9)) + 0.5) * 0x1p-23
        }
    }

    /// `count` numbers of the stream, normal with mean 0 and deviation 1 (Box and Muller); parameters as for
    /// ``uniforms(_:from:)``.
    public func normals(_ count: Int, from start: Int = 0) -> [Float] {
        filled(count, start) { bits in
            let (a, b) = Self.normalPair(bits.x, bits.y)
            let (c, d) = Self.normalPair(bits.z, bits.w)
            return SIMD4(a, b, c, d)
        }
    }

    /// Philox 4x32-10: ten rounds of two wide products, the key raised by the Weyl constants between them.
    package static func cipher(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var (x, y, z, w) = (counter.x, counter.y, counter.z, counter.w)
        var (first, second) = (key.x, key.y)
        for _ in 0..<10 {
            let low = 0xD251_1F53 as UInt64 &* UInt64(x)
            let high = 0xCD9E_8D57 as UInt64 &* UInt64(z)
            (x, y, z, w) = (
                UInt32(truncatingIfNeeded: high >> 32) ^ y ^ first, UInt32(truncatingIfNeeded: high),
                UInt32(truncatingIfNeeded: low >> 32) ^ w ^ second, UInt32(truncatingIfNeeded: low)
            )
            first &+= 0x9E37_79B9
            second &+= 0xBB67_AE85
        }
        return SIMD4(x, y, z, w)
    }

    /// Double precision inside, so that the rounding to `Float` hides what the platform's `log` and `cos` differ in.
    private static func normalPair(_ first: UInt32, _ second: UInt32) -> (Float, Float) {
        let radius = (-2 * log((Double(first) + 0.5) * 0x1p-32)).squareRoot()
        let angle = Double(second) * (2 * Double.pi * 0x1p-32)
        return (Float(radius * cos(angle)), Float(radius * sin(angle)))
    }

    private func filled(_ count: Int, _ start: Int, _ numbers: (SIMD4<UInt32>) -> SIMD4<Float>) -> [Float] {
        [Float](unsafeUninitializedCapacity: max(0, count)) { buffer, written in
            var index = UInt32(truncatingIfNeeded: start / 4)
            while written < count {
                let four = numbers(block(index))
                for position in 0..<min(4, count - written) {
                    buffer.initializeElement(at: written + position, to: four[position])
                }
                written += min(4, count - written)
                index &+= 1
            }
        }
    }
}
