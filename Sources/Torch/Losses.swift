internal import CTorch

/// What a loss does with its per-element values.
public enum LossReduction: Hashable, Sendable {
    /// Keeps them.
    case none
    /// Their mean, a scalar.
    case mean
    /// Their sum, a scalar.
    case sum

    var code: ct_reduction {
        switch self {
        case .none: CT_REDUCE_NONE
        case .mean: CT_REDUCE_MEAN
        case .sum: CT_REDUCE_SUM
        }
    }
}

extension Tensor {
    /// -log softmax at the target class: logits [N, classes, ...] with ids (int64) [N, ...], or with probabilities of
    /// the logits' own shape.
    ///
    /// - Parameters:
    ///   - weight: a weight per class, [classes]; the mean then divides by the sum of weights.
    ///   - labelSmoothing: share of the target spread over all classes, 0...1.
    public func crossEntropy(
        _ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean, labelSmoothing: Double = 0
    ) throws(TorchError) -> Tensor {
        try unsafe make("crossEntropy", [self, target] + optional(weight)) {
            unsafe ct_cross_entropy($0, raw, target.raw, weight?.raw, reduction.code, labelSmoothing, $1)
        }
    }

    /// -(t log σ(x) + (1 - t) log(1 - σ(x))), exact for large x: logits and targets in 0...1 of one shape.
    ///
    /// - Parameters:
    ///   - weight: a weight per element, broadcast.
    ///   - positiveWeight: a factor of the first term, broadcast; above 1 it raises recall.
    public func binaryCrossEntropyWithLogits(
        _ target: Tensor, weight: Tensor? = nil, positiveWeight: Tensor? = nil, reduction: LossReduction = .mean
    ) throws(TorchError) -> Tensor {
        try unsafe make("binaryCrossEntropyWithLogits", [self, target] + optional(weight, positiveWeight)) {
            unsafe ct_binary_cross_entropy($0, raw, target.raw, weight?.raw, positiveWeight?.raw, reduction.code, $1)
        }
    }

    /// The mean of squared differences, a scalar.
    public func meanSquaredError(_ target: Tensor) throws(TorchError) -> Tensor { try (self - target).square().mean() }

    /// The mean of absolute differences, a scalar.
    public func meanAbsoluteError(_ target: Tensor) throws(TorchError) -> Tensor { try (self - target).abs().mean() }
}
