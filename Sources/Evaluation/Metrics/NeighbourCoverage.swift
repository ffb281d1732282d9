public import Torch

/// How much of a set of real features lies near samples: coverage and density.
///
/// Every real feature has a ball that reaches to its k-th nearest real neighbour. Coverage is the share of balls with a
/// sample in them, which tells what the samples leave out; density is how many balls a sample lies in, over k, which
/// tells whether samples lie where real features are dense. Two sets of one kind and size have a coverage of about
/// 1 - 2⁻ᵏ and a density of about 1.
///
/// Chosen over precision and recall by balls around samples (Kynkäänniemi et al., 2019), because a single stray sample
/// has a large ball there and so covers much that it is not like.
///
/// Source: Naeem et al., "Reliable fidelity and diversity metrics for generative models", 2020.
public struct NeighbourCoverage: Sendable, Hashable {
    /// Share of the real features that have a sample in their ball.
    public let coverage: Double
    /// Balls that a sample lies in, over k, in the mean.
    public let density: Double
    /// k.
    public let neighbours: Int
    /// For each real feature the index of the nearest sample.
    public let nearest: [Int]
    /// For each real feature the distance of the nearest sample, in radii of its ball; 1 or less where it is covered.
    public let distances: [Double]

    /// Measures samples [M, D] against real features [N, D].
    /// - Parameters:
    ///   - real: the real features.
    ///   - samples: the samples.
    ///   - neighbours: k, below N.
    /// - Throws: `TorchError` for sets of other shapes, without samples or with too few real features.
    public init(of real: Tensor, by samples: Tensor, neighbours: Int = 5) throws(TorchError) {
        guard real.rank == 2, samples.rank == 2, real.shape[1] == samples.shape[1], samples.shape[0] > 0,
            neighbours > 0, real.shape[0] > neighbours
        else {
            throw TorchError(
                operation: "NeighbourCoverage", shapes: [real.shape, samples.shape],
                message: "must be [N, D] and [M, D], with more than \(neighbours) real features")
        }
        let (truth, made) = (try real.to(dtype: .float64), try samples.to(dtype: .float64))
        let count = truth.shape[0]
        var (inside, nearest, distances) = (0.0, [Int](), [Double]())
        // In blocks: all distances at once would be N x N numbers.
        for start in stride(from: 0, to: count, by: 256) {
            let block = try truth.narrow(0, start: start, length: min(256, count - start))
            // The nearest one is the feature itself.
            let radii = try block.squaredDistances(to: truth).sorted(1).select(1, index: neighbours)
            let away = try block.squaredDistances(to: made)
            inside += try away.lessOrEqual(radii.unsqueezed(1)).sum().item()
            nearest += try away.argmin(1).int64s().map { Int($0) }
            for (distance, radius) in zip(try away.amin([1]).doubles(), try radii.doubles()) {
                distances.append(distance <= radius && radius == 0 ? 0 : (distance / radius).squareRoot())
            }
        }
        coverage = Double(distances.count { $0 <= 1 }) / Double(count)
        density = inside / Double(neighbours) / Double(made.shape[0])
        (self.neighbours, self.nearest, self.distances) = (neighbours, nearest, distances)
    }
}
