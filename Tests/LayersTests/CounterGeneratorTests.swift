import Layers
import Testing

@Suite("Counter generator")
struct CounterGeneratorTests {
    @Test("Philox 4x32-10 gives the published known answers")
    func knownAnswers() {
        let ones = UInt32.max
        #expect(
            CounterGenerator.cipher(counter: .zero, key: .zero)
                == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        #expect(
            CounterGenerator.cipher(counter: SIMD4(repeating: ones), key: SIMD2(repeating: ones))
                == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        #expect(
            CounterGenerator.cipher(
                counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
                key: SIMD2(0xa409_3822, 0x299f_31d0))
                == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test("The counter's words are block, lane and stream")
    func layout() {
        let generator = CounterGenerator(
            seed: 0x299f_31d0_a409_3822, stream: 0x0370_7344_1319_8a2e, lane: 0x85a3_08d3)
        #expect(generator.block(0x243f_6a88) == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test("A shorter request is the start of a longer one", arguments: [0, 1, 3, 4, 5, 1000])
    func prefix(count: Int) {
        let generator = CounterGenerator(seed: 7, stream: 9)
        #expect(generator.normals(count) == Array(generator.normals(2000).prefix(count)))
        #expect(generator.uniforms(count).count == count)
    }

    @Test("Normal and uniform numbers have their moments")
    func moments() {
        let count = 200_000
        let normals = CounterGenerator(seed: 1).normals(count).map(Double.init)
        let mean = normals.reduce(0, +) / Double(count)
        let variance = normals.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        let fourth = normals.reduce(0) { $0 + $1 * $1 * $1 * $1 } / Double(count)
        #expect(abs(mean) < 0.01)
        #expect(abs(variance - 1) < 0.02)
        #expect(abs(fourth - 3) < 0.1)
        let uniforms = CounterGenerator(seed: 1, lane: 5).uniforms(count)
        #expect(uniforms.allSatisfy { $0 > 0 && $0 < 1 })
        #expect(abs(uniforms.reduce(0) { $0 + Double($1) } / Double(count) - 0.5) < 0.005)
    }

    @Test("Seeds, streams and lanes differ")
    func independence() {
        let streams = [
            CounterGenerator(seed: 1), CounterGenerator(seed: 2), CounterGenerator(seed: 1, stream: 1),
            CounterGenerator(seed: 1, lane: 1), CounterGenerator(seed: 1 << 32),
            CounterGenerator(seed: 1, stream: 1 << 32),
        ]
        #expect(Set(streams.map { $0.normals(8) }).count == streams.count)
    }
}
