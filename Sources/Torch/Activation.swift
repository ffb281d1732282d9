internal import CTorch

// Non-linearities, element by element; softmax along an axis.

extension Tensor {
    /// (e^x - e^-x) / (e^x + e^-x).
    public func tanh() throws(TorchError) -> Tensor { try unary("tanh", CT_TANH) }
    /// 1 / (1 + e^-x).
    public func sigmoid() throws(TorchError) -> Tensor { try unary("sigmoid", CT_SIGMOID) }
    /// log(1 + e^x), linear above 20.
    public func softplus() throws(TorchError) -> Tensor { try unary("softplus", CT_SOFTPLUS) }
    /// x above 0, else 0.
    public func relu() throws(TorchError) -> Tensor { try unary("relu", CT_RELU) }
    /// x above 0, else e^x - 1.
    public func elu() throws(TorchError) -> Tensor { try unary("elu", CT_ELU) }
    /// x · sigmoid(x).
    public func silu() throws(TorchError) -> Tensor { try unary("silu", CT_SILU) }

    /// x · Φ(x) with the normal distribution's Φ, or its approximation by tanh.
    public func gelu(approximatedByTanh: Bool = false) throws(TorchError) -> Tensor {
        try unary("gelu", approximatedByTanh ? CT_GELU_TANH : CT_GELU)
    }

    /// x above 0, else `slope` · x.
    public func leakyReLU(_ slope: Double = 0.2) throws(TorchError) -> Tensor {
        try scalar("leakyReLU", CT_LEAKY_RELU_S, slope)
    }

    /// x above 0, else weight · x with one weight, or one per channel (axis 1): `weight` is [1] or [C].
    public func prelu(_ weight: Tensor) throws(TorchError) -> Tensor { try binary("prelu", CT_PRELU, weight) }

    /// Exponentials along `axis`, scaled to sum 1.
    public func softmax(_ axis: Int) throws(TorchError) -> Tensor { try along("softmax", CT_SOFTMAX, axis) }

    /// The logarithm of `softmax`, exact where that underflows.
    public func logSoftmax(_ axis: Int) throws(TorchError) -> Tensor {
        try along("logSoftmax", CT_LOG_SOFTMAX, axis)
    }

    /// Sets each element to 0 with probability `p` and scales the rest by 1 / (1 - p).
    ///
    /// - Parameters:
    ///   - p: in 0..<1.
    ///   - seed: which elements, the same on every device; nil outside training, and all of them stay as they are.
    /// - Throws: `TorchError` for a `p` out of range.
    public func dropout(_ p: Double, seed: UInt64?) throws(TorchError) -> Tensor {
        guard let seed else { return self }
        return try unsafe make("dropout", [self]) { unsafe ct_dropout($0, raw, p, seed, $1) }
    }
}
