public import Torch

/// A dense layer with an equalised learning rate: y = W x · gain / √fan-in · λ + λ b.
///
/// The stored weight has deviation 1/λ; the constant in front keeps the output's variance, and all layers learn at
/// the same pace whatever their fan-in. λ slows a whole layer down (0.01 in mapping networks).
///
/// Tensors: `fc.weight` [outputs, inputs], `wscale.bias` [outputs], or the names given.
///
/// Source: Karras et al., "Progressive growing of GANs", 2018, section 4.1; "A style-based generator", 2019, appendix C.
public struct EqualizedDense {
    private var weight: Tensor
    private var bias: Tensor?
    private var scale: Double
    private var multiplier: Double

    /// Takes the layer from a scope.
    /// - Parameters:
    ///   - scope: where the tensors are.
    ///   - inputs: width of the input.
    ///   - outputs: width of the output.
    ///   - gain: √2 before a leaky ReLU, 1 otherwise.
    ///   - learningRateMultiplier: λ.
    ///   - hasBias: whether there is a bias.
    ///   - deviation: deviation of the effective weights of a new layer, in units of gain / √fan-in.
    ///   - initialBias: effective bias of a new layer.
    ///   - names: what weight and bias are called; the published families of StyleGAN differ.
    public init(
        in scope: ParameterScope, inputs: Int, outputs: Int, gain: Double = 1, learningRateMultiplier: Double = 1,
        hasBias: Bool = true, deviation: Double = 1, initialBias: Double = 0,
        names: (weight: String, bias: String) = ("fc.weight", "wscale.bias")
    ) throws(LayerError) {
        multiplier = learningRateMultiplier
        scale = gain / Double(inputs).squareRoot() * learningRateMultiplier
        weight = try scope.parameter(
            names.weight, [outputs, inputs], .normal(deviation: deviation / learningRateMultiplier))
        bias =
            hasBias
            ? try scope.parameter(names.bias, [outputs], .constant(initialBias / learningRateMultiplier))
            : nil
    }

    /// [..., inputs] to [..., outputs].
    public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        // Scaling the input costs less than scaling the weight or the output: of the three it is the smallest.
        try (scale == 1 ? x : x * scale).linear(weight, effectiveBias())
    }

    /// The layer with its scales folded into weight and bias, for a network that is only run.
    public func frozen() throws(TorchError) -> EqualizedDense {
        var copy = self
        copy.weight = try (weight * scale).detached()
        copy.bias = try effectiveBias()?.detached().clone()
        copy.scale = 1
        copy.multiplier = 1
        return copy
    }

    /// Where the layer's tensors live.
    public var device: Device { weight.device }

    private func effectiveBias() throws(TorchError) -> Tensor? {
        guard let bias, multiplier != 1 else { return bias }
        return try bias * multiplier
    }
}
