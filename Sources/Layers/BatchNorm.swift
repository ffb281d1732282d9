public import Torch

/// Batch normalisation of [N, C, ...], by the batch in training and by running statistics otherwise.
///
/// Tensors: `weight`, `bias` [C]; buffers `running_mean`, `running_var` [C], `num_batches_tracked` (int64 scalar).
public struct BatchNorm {
    private let weight: Tensor
    private let bias: Tensor
    private let mean: Tensor
    private let variance: Tensor
    private let batches: Tensor

    /// Takes the layer from a scope.
    public init(in scope: ParameterScope, channels: Int) throws(LayerError) {
        weight = try scope.parameter("weight", [channels], .ones)
        bias = try scope.parameter("bias", [channels], .zeros)
        mean = try scope.buffer("running_mean", [channels], .zeros)
        variance = try scope.buffer("running_var", [channels], .ones)
        batches = try scope.buffer("num_batches_tracked", [], .zeros, dtype: .int64)
    }

    /// Normalises `x`.
    /// - Parameters:
    ///   - x: [N, C] or [N, C, H, W].
    ///   - training: whether to use the batch's statistics and to move the running ones by a tenth towards them.
    public func callAsFunction(_ x: Tensor, training: Bool) throws(TorchError) -> Tensor {
        if training { try batches.fill(batches.item() + 1) }
        return try x.batchNorm(
            weight, bias, runningMean: mean, runningVariance: variance, training: training,
            momentum: 0.1, epsilon: 1e-5)
    }
}
