import Evaluation
import Foundation
import Testing
import Torch

@Suite("Frechet distance")
struct FrechetDistanceTests {
    @Test("A set is at distance 0 from itself, with singular covariances too", arguments: [4, 200])
    func same(count: Int) throws {
        let features = try Tensor.randn([count, 16], seed: 1, dtype: .float64)
        let distance = try FrechetDistance(features, features)
        #expect(abs(distance.value) < 1e-6)
        #expect(distance.meanTerm == 0)
        #expect(distance.firstCount == count)
        #expect(distance.secondCount == count)
        #expect(distance.description.contains("N = \(count)"))
    }

    @Test("Diagonal covariances give |a - b|² + Σ (√s - √t)²")
    func diagonal() throws {
        let variances: ([Double], [Double]) = ([4, 1, 0], [1, 9, 0.25])
        let means: ([Double], [Double]) = ([1, 2, 3], [1, 0, 4])
        func statistics(_ mean: [Double], _ variance: [Double]) throws -> FeatureStatistics {
            let diagonal = try Tensor.eye(3, dtype: .float64) * Tensor(variance, shape: [3])
            return try FeatureStatistics(count: 10, mean: Tensor(mean, shape: [3]), covariance: diagonal)
        }
        let distance = try FrechetDistance(
            statistics(means.0, variances.0), statistics(means.1, variances.1))
        #expect(abs(distance.meanTerm - 5) < 1e-12)
        #expect(abs(distance.value - (5 + 1 + 4 + 0.25)) < 1e-9)
    }

    @Test("A distance does not change under rotation, and a shift adds its square")
    func invariance() throws {
        let first = try Tensor.randn([100, 8], seed: 2, dtype: .float64)
        let second = try Tensor.randn([150, 8], seed: 3, dtype: .float64) * 1.5
        let plain = try FrechetDistance(first, second)
        let noise = try Tensor.randn([8, 8], seed: 4, dtype: .float64)
        let rotation = try (noise + noise.transposed(0, 1)).symmetricEigen().vectors
        let turned = try FrechetDistance(first.matmul(rotation), second.matmul(rotation))
        #expect(abs(plain.value - turned.value) < 1e-9)
        let mean = try first.mean([0])
        let moved = try FrechetDistance(first - mean, first - mean + 2)
        #expect(abs(moved.value - 8 * 4) < 1e-6)
    }

    @Test("Batches of any size add up to the statistics of all, far from the origin too")
    func batches() throws {
        let features = try Tensor.randn([50, 6], seed: 5, dtype: .float64) + 1e6
        var gathered = try FeatureStatistics(width: 6)
        var start = 0
        for length in [1, 0, 7, 30, 12] {
            try gathered.add(features.narrow(0, start: start, length: length))
            start += length
        }
        let whole = try FeatureStatistics(features)
        #expect(gathered.count == 50)
        #expect(try (gathered.mean - whole.mean).abs().amax().item() < 1e-8)
        #expect(try (gathered.covariance() - whole.covariance()).abs().amax().item() < 1e-8)
        let variance = try features.variance([0])
        let diagonal = try (whole.covariance() * Tensor.eye(6, dtype: .float64)).sum([0])
        #expect(try (diagonal - variance).abs().amax().item() < 1e-8)
    }

    @Test("Sets that have no covariance, or differ in width, are refused")
    func refusals() throws {
        let one = try FeatureStatistics(Tensor.zeros([1, 3]))
        let three = try FeatureStatistics(Tensor.zeros([3, 3]))
        let wide = try FeatureStatistics(Tensor.zeros([3, 4]))
        #expect(throws: TorchError.self) { try FrechetDistance(one, three) }
        #expect(throws: TorchError.self) { try FrechetDistance(three, wide) }
        #expect(throws: TorchError.self) { try FeatureStatistics(Tensor.zeros([3])) }
        var copy = three
        #expect(throws: TorchError.self) { try copy.add(Tensor.zeros([3, 4])) }
        #expect(copy.count == 3)
    }
}
