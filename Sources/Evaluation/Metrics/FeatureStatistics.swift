public import Torch

/// Mean and covariance of features, gathered batch by batch in double precision without keeping the features.
///
/// Source: Chan, Golub, LeVeque, "Algorithms for computing the sample variance", 1983, for joining batches.
public struct FeatureStatistics {
    /// N, how many features were added.
    ///
    /// A distance means nothing without it: with few features it is far too large.
    public private(set) var count: Int
    /// Their mean, [D].
    public private(set) var mean: Tensor
    /// The sum of the products of their deviations from the mean, [D, D].
    private var scatter: Tensor

    /// Statistics of no features yet.
    /// - Parameter width: D.
    public init(width: Int) throws(TorchError) {
        count = 0
        mean = try Tensor.zeros([width], dtype: .float64)
        scatter = try Tensor.zeros([width, width], dtype: .float64)
    }

    /// Statistics of features [N, D].
    public init(_ features: Tensor) throws(TorchError) {
        guard features.rank == 2 else {
            throw TorchError(operation: "FeatureStatistics", shapes: [features.shape], message: "must be [N, D]")
        }
        try self.init(width: features.shape[1])
        try add(features)
    }

    /// Statistics that were computed elsewhere.
    /// - Parameters:
    ///   - count: N.
    ///   - mean: [D].
    ///   - covariance: [D, D], with N - 1 in the denominator.
    public init(count: Int, mean: Tensor, covariance: Tensor) throws(TorchError) {
        guard mean.rank == 1, covariance.shape == [mean.count, mean.count], count > 1 else {
            throw TorchError(
                operation: "FeatureStatistics", shapes: [mean.shape, covariance.shape],
                message: "must be [D] and [D, D], of more than one feature")
        }
        self.count = count
        self.mean = try mean.detached().to(dtype: .float64, device: .cpu)
        scatter = try covariance.detached().to(dtype: .float64, device: .cpu) * Double(count - 1)
    }

    /// D.
    public var width: Int { mean.count }

    /// Adds features [n, D], in any type and on any device.
    ///
    /// - Throws: `TorchError` if they have another width.
    public mutating func add(_ features: Tensor) throws(TorchError) {
        guard features.rank == 2, features.shape[1] == width else {
            throw TorchError(
                operation: "FeatureStatistics.add", shapes: [features.shape], message: "must be [n, \(width)]")
        }
        let added = features.shape[0]
        guard added > 0 else { return }
        let batch = try features.detached().to(dtype: .float64, device: .cpu)
        let batchMean = try batch.mean([0])
        let centred = try batch - batchMean
        let step = try batchMean - mean
        let total = Double(count + added)
        let between = try step.unsqueezed(1).matmul(step.unsqueezed(0)) * (Double(count) * Double(added) / total)
        scatter = try scatter + centred.transposed(0, 1).matmul(centred) + between
        mean = try mean + step * (Double(added) / total)
        count += added
    }

    /// The covariance [D, D], with N - 1 in the denominator.
    ///
    /// - Throws: `TorchError` for fewer than two features.
    public func covariance() throws(TorchError) -> Tensor {
        guard count > 1 else {
            throw TorchError(operation: "FeatureStatistics.covariance", message: "\(count) features have none")
        }
        return try scatter / Double(count - 1)
    }
}
