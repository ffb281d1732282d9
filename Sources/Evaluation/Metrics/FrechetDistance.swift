public import Torch

/// The Fréchet distance between two sets of features, taken for normal distributions: |μ₁ - μ₂|² + tr(Σ₁ + Σ₂ -
/// 2 (Σ₁ Σ₂)^½).
///
/// With features of the Inception network it is the FID. It is biased: fewer features give larger numbers, so numbers
/// of different N cannot be compared, and below 2048 features the covariances are singular.
///
/// Source: Heusel et al., "GANs trained by a two time-scale update rule", 2017; Dowson, Landau, "The Fréchet distance
/// between multivariate normal distributions", 1982.
public struct FrechetDistance: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The distance, 0 or more but for rounding.
    public let value: Double
    /// The part of it that the means make.
    public let meanTerm: Double
    /// How many features the first set had.
    public let firstCount: Int
    /// How many features the second set had.
    public let secondCount: Int

    /// The distance between two sets by their statistics.
    ///
    /// - Throws: `TorchError` if the widths differ or a set has fewer than two features.
    public init(_ first: FeatureStatistics, _ second: FeatureStatistics) throws(TorchError) {
        guard first.width == second.width else {
            throw TorchError(
                operation: "FrechetDistance", shapes: [first.mean.shape, second.mean.shape],
                message: "the features differ in width")
        }
        let (left, right) = (try first.covariance(), try second.covariance())
        meanTerm = try (first.mean - second.mean).square().sum().item()
        let traces = try Self.trace(left) + Self.trace(right)
        value = try meanTerm + traces - 2 * Self.traceOfRoot(left, right)
        (firstCount, secondCount) = (first.count, second.count)
    }

    /// The distance between two sets of features [N, D] and [M, D].
    public init(_ first: Tensor, _ second: Tensor) throws(TorchError) {
        try self.init(FeatureStatistics(first), FeatureStatistics(second))
    }

    /// The distance and both counts.
    public var description: String { "\(value) (N = \(firstCount) and \(secondCount))" }

    private static func trace(_ matrix: Tensor) throws(TorchError) -> Double {
        try (matrix * Tensor.eye(matrix.shape[0], dtype: .float64)).sum().item()
    }

    /// tr (Σ₁ Σ₂)^½: the sum of the roots of the eigenvalues of Σ₁ Σ₂.
    ///
    /// That product is not symmetric, but Σ₁^½ Σ₂ Σ₁^½ is, and has the same eigenvalues; where covariances are singular,
    /// rounding makes some of them a little less than 0.
    private static func traceOfRoot(_ left: Tensor, _ right: Tensor) throws(TorchError) -> Double {
        let (values, vectors) = try left.symmetricEigen()
        let roots = try values.clamp(min: 0).sqrt()
        let half = try (vectors * roots).matmul(vectors.transposed(0, 1))
        let product = try half.matmul(right).matmul(half)
        let symmetric = try (product + product.transposed(0, 1)) * 0.5
        return try symmetric.symmetricEigen().values.clamp(min: 0).sqrt().sum().item()
    }
}
