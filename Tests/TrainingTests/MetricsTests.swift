import Evaluation
import FaceData
import Foundation
import Testing
import Torch

@Suite("Metrics of sets of pictures")
struct MetricsTests {
    @Test("The kernel distance is 0 between samples of one distribution, and grows with a shift")
    func kernel() throws {
        let first = try Tensor.randn([400, 8], seed: 1, dtype: .float64)
        let second = try Tensor.randn([300, 8], seed: 2, dtype: .float64)
        let same = try KernelDistance(first, second, subsets: 20, seed: 3)
        #expect(same.size == 150 && same.subsets == 20)
        #expect(abs(same.value) < 0.02)
        let near = try KernelDistance(first, second + 0.5, subsets: 20, seed: 3)
        let far = try KernelDistance(first, second + 1, subsets: 20, seed: 3)
        #expect(near.value > 0.2 && far.value > 2 * near.value)
        // The same subsets again, and other ones.
        #expect(try KernelDistance(first, second, subsets: 20, seed: 3) == same)
        #expect(try KernelDistance(first, second, subsets: 20, seed: 4) != same)
    }

    @Test("The kernel distance of two pairs of numbers is what the hand finds")
    func kernelByHand() throws {
        let first = try Tensor([0.0, 1], shape: [2, 1])
        let second = try Tensor([0.0, 2], shape: [2, 1])
        // (0·1 + 1)³ + (0·2 + 1)³ - 2 · (1 + 1 + 1 + 27) / 4
        let distance = try KernelDistance(first, second, subsets: 1, size: 2)
        #expect(abs(distance.value - (1 + 1 - 15)) < 1e-9)
        #expect(distance.deviation == 0)
    }

    @Test("Sets that do not fit each other are refused")
    func refusals() throws {
        let some = try Tensor.zeros([8, 3])
        #expect(throws: TorchError.self) { try KernelDistance(some, Tensor.zeros([8, 4])) }
        #expect(throws: TorchError.self) { try KernelDistance(some, Tensor.zeros([3, 3])) }
        #expect(throws: TorchError.self) { try KernelDistance(some, some, size: 9) }
        #expect(throws: TorchError.self) { try NeighbourCoverage(of: some, by: Tensor.zeros([8, 4])) }
        #expect(throws: TorchError.self) { try NeighbourCoverage(of: Tensor.zeros([5, 3]), by: some) }
        #expect(throws: TorchError.self) { try NeighbourCoverage(of: some, by: Tensor.zeros([0, 3])) }
    }

    @Test("Everything is covered by itself, nothing by what is far away, and half by half")
    func coverage() throws {
        // More than a block of rows.
        let real = try Tensor.randn([300, 4], seed: 5, dtype: .float64)
        let same = try NeighbourCoverage(of: real, by: real)
        #expect(same.coverage == 1 && same.nearest == Array(0..<300))
        // Each ball holds its own feature and five others.
        #expect(abs(same.density - 1.2) < 0.01)
        let far = try NeighbourCoverage(of: real, by: real + 100)
        #expect(far.coverage == 0 && far.density == 0)
        #expect(far.distances.allSatisfy { $0 > 1 })
        let groups = try Tensor.cat([
            real.narrow(0, start: 0, length: 150), real.narrow(0, start: 150, length: 150) + 100,
        ])
        let half = try NeighbourCoverage(of: groups, by: groups.narrow(0, start: 0, length: 150))
        #expect(half.coverage == 0.5)
        #expect(half.distances.prefix(150).allSatisfy { $0 <= 1 } && half.distances.suffix(150).allSatisfy { $0 > 1 })
    }

    @Test("Of one distribution most is covered, about as densely")
    func coverageOfOthers() throws {
        let real = try Tensor.randn([500, 4], seed: 6)
        let other = try NeighbourCoverage(of: real, by: Tensor.randn([500, 4], seed: 7))
        #expect(other.coverage > 0.93 && abs(other.density - 1) < 0.15)
        // Samples of one face alone cover little, however real it is.
        let one = try real.narrow(0, start: 0, length: 1).expanded([500, 4])
        #expect(try NeighbourCoverage(of: real, by: one).coverage < 0.1)
    }

    @Test("Perfect readings find every caption, and readings that say nothing find one by chance")
    func retrieval() {
        let faces = (0..<150).map(FaceSampler(seed: 8).parameters(of:))
        let grammar = CaptionGrammar(seed: 9)
        let mentions = faces.indices.map { grammar.caption(of: faces[$0], face: $0, number: 0).mentions }
        let rates = FaceAttribute.allCases.map { attribute in
            Double(faces.count { $0[attribute] }) / Double(faces.count)
        }
        let truth = faces.map { face in face.attributes.map { $0 ? 1.0 : 0.0 } }
        let perfect = CaptionRetrieval(probabilities: truth, mentions: mentions, rates: rates)
        #expect(perfect.pictures == 150 && perfect.others == 99)
        #expect(perfect.precision > 0.4)
        let blind = CaptionRetrieval(
            probabilities: faces.map { _ in rates }, mentions: mentions, rates: rates)
        #expect(abs(blind.precision - blind.chance) < 0.02)
        // Every other picture's readings.
        let shifted = CaptionRetrieval(
            probabilities: Array(truth.dropFirst() + truth.prefix(1)), mentions: mentions, rates: rates)
        #expect(shifted.precision < 0.1)
    }

    @Test("Captions that name everything are always found, and equal captions share the place")
    func retrievalByHand() {
        let all = FaceAttribute.allCases
        let faces = (0..<5).map(FaceSampler(seed: 10).parameters(of:))
        let mentions = faces.map { face in all.map { AttributeMention(attribute: $0, value: face[$0]) } }
        let truth = faces.map { face in face.attributes.map { $0 ? 1.0 : 0.0 } }
        let rates = [Double](repeating: 0.5, count: all.count)
        let found = CaptionRetrieval(probabilities: truth, mentions: mentions, rates: rates)
        #expect(found.precision == 1 && found.others == 4)
        let alike = CaptionRetrieval(
            probabilities: truth, mentions: [[AttributeMention]](repeating: mentions[0], count: 5), rates: rates)
        #expect(abs(alike.precision - 0.2) < 1e-12)
        let none = CaptionRetrieval(probabilities: [], mentions: [], rates: rates)
        #expect(none.precision == 0 && none.pictures == 0)
    }

    @Test("The peak signal-to-noise ratio is 20 dB where pixels are off by a tenth of the range, and ends at 100")
    func noise() throws {
        let black = try Tensor.full([2, 3, 4, 4], -1)
        let gray = try Tensor.cat([black.narrow(0, start: 0, length: 1), black.narrow(0, start: 1, length: 1) + 0.2])
        let values = try gray.peakSignalToNoise(to: black)
        #expect(values[0] == 100 && abs(values[1] - 20) < 1e-4)
    }
}
