import Foundation
public import Torch

extension Tensor {
    /// Squared Euclidean distances of the rows [N, D] to other rows [M, D]: [N, M].
    func squaredDistances(to other: Tensor) throws(TorchError) -> Tensor {
        let mine = try square().sum([1], keepDims: true)
        let theirs = try other.square().sum([1]).unsqueezed(0)
        // |a - b|² by its parts, which rounding may leave a little below 0.
        return try (mine + theirs - matmul(other.transposed(0, 1)) * 2).clamp(min: 0)
    }

    /// Mean Euclidean distance of all pairs of different rows [N, D]; 0 for fewer than two.
    func meanPairDistance() throws(TorchError) -> Double {
        let count = shape[0]
        guard count > 1 else { return 0 }
        let rows = try to(dtype: .float64)
        let distances = try rows.squaredDistances(to: rows).sqrt()
        // A row's distance to itself is not quite 0 when it comes from the parts.
        let own = try (distances * Tensor.eye(count, dtype: .float64)).sum().item()
        return try (distances.sum().item() - own) / Double(count * (count - 1))
    }

    /// The peak signal-to-noise ratio of each picture [N, 3, H, W] in [-1, 1] to another, in dB.
    ///
    /// 10 log₁₀ of the squared range over the mean squared difference; 100 for equal pictures.
    public func peakSignalToNoise(to other: Tensor) throws(TorchError) -> [Double] {
        try (self - other).square().mean([1, 2, 3]).doubles().map { min(100, 10 * log10(4 / max($0, 1e-12))) }
    }
}
