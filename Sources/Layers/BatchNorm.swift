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
    private let epsilon: Double

    /// Takes the layer from a scope.
    /// - Parameters:
    ///   - scope: where the tensors are.
    ///   - channels: C.
    ///   - epsilon: what keeps the division finite.
    public init(in scope: ParameterScope, channels: Int, epsilon: Double = 1e-5) throws(LayerError) {
        self.epsilon = epsilon
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
            momentum: 0.1, epsilon: epsilon)
    }

    /// What the layer does to a channel when it does not train, as a factor and a term, [C] each.
    func affine() throws(TorchError) -> (factor: Tensor, term: Tensor) {
        let factor = try weight.detached() * (variance + epsilon).rsqrt()
        return (factor, try bias.detached() - mean * factor)
    }
}
