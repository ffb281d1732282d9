internal import CTorch

extension Tensor {
    /// (x - mean) / √(variance + epsilon) · weight + bias per channel: [N, C, ...] with four vectors [C] or nil.
    ///
    /// - Parameters:
    ///   - runningMean: the mean when not training; moved in place towards that of the batch when training.
    ///   - runningVariance: likewise; the variance of the batch divides by n - 1 for this.
    ///   - training: whether mean and (biased) variance are those of this batch.
    ///   - momentum: how far the running values move.
    public func batchNorm(
        _ weight: Tensor?, _ bias: Tensor?, runningMean: Tensor?, runningVariance: Tensor?, training: Bool,
        momentum: Double = 0.1, epsilon: Double = 1e-5
    ) throws(TorchError) -> Tensor {
        try unsafe make("batchNorm", [self] + optional(weight, bias, runningMean, runningVariance)) {
            unsafe ct_batch_norm(
                $0, raw, weight?.raw, bias?.raw, runningMean?.raw, runningVariance?.raw, training, momentum, epsilon,
                $1)
        }
    }

    /// Normalises `groups` groups of channels of each sample, then scales and shifts each channel: [N, C, ...].
    public func groupNorm(
        _ groups: Int, _ weight: Tensor? = nil, _ bias: Tensor? = nil, epsilon: Double = 1e-5
    ) throws(TorchError) -> Tensor {
        try unsafe make("groupNorm", [self] + optional(weight, bias)) {
            unsafe ct_group_norm($0, raw, groups, weight?.raw, bias?.raw, epsilon, $1)
        }
    }

    /// Normalises over the last `axes` axes together; `weight` and `bias` have their shape.
    public func layerNorm(
        _ weight: Tensor? = nil, _ bias: Tensor? = nil, axes: Int = 1, epsilon: Double = 1e-5
    ) throws(TorchError) -> Tensor {
        try unsafe make("layerNorm", [self] + optional(weight, bias)) {
            unsafe ct_layer_norm($0, raw, Int32(clamping: axes), weight?.raw, bias?.raw, epsilon, $1)
        }
    }

    /// Adaptive instance normalisation: each channel of each image to mean 0 and variance 1, then the style.
    ///
    /// y = (x - mean) / √(variance + epsilon) · (scale + 1) + shift, with mean and biased variance over H and W of
    /// one channel of one image. x is [N, C, H, W], `scale` and `shift` are [N, C]. One kernel forth and one back.
    public func adaIN(scale: Tensor, shift: Tensor, epsilon: Double = 1e-8) throws(TorchError) -> Tensor {
        try unsafe make("adaIN", [self, scale, shift]) {
            unsafe ct_adain($0, raw, scale.raw, shift.raw, epsilon, $1)
        }
    }

    /// x / max(‖x‖₂, epsilon) along `axis`.
    public func normalized(_ axis: Int = -1, epsilon: Double = 1e-12) throws(TorchError) -> Tensor {
        try self / norm([axis], keepDims: true).clamp(min: epsilon)
    }
}
