public import Torch

/// A convolution with an equalised learning rate and padding that keeps the size.
///
/// Tensor: `weight` [outputs, inputs, k, k], scaled by gain / √(inputs k²) when used; no bias.
///
/// Source: Karras et al., "Progressive growing of GANs", 2018, section 4.1.
public struct EqualizedConvolution {
    private var weight: Tensor
    private let scale: Double
    private let padding: Int
    private var isFolded = false

    /// Takes the layer from a scope.
    /// - Parameters:
    ///   - scope: where `weight` is.
    ///   - inputs: channels of the input.
    ///   - outputs: channels of the output.
    ///   - kernelSize: k, odd.
    ///   - gain: √2 before a leaky ReLU, 1 otherwise.
    public init(
        in scope: ParameterScope, inputs: Int, outputs: Int, kernelSize: Int = 3, gain: Double = 2.0.squareRoot()
    ) throws(LayerError) {
        weight = try scope.parameter(
            "weight", [outputs, inputs, kernelSize, kernelSize], .normal(deviation: 1))
        scale = gain / Double(inputs * kernelSize * kernelSize).squareRoot()
        padding = kernelSize / 2
    }

    /// [N, inputs, H, W] to [N, outputs, H, W].
    public func callAsFunction(_ x: Tensor, bias: Tensor? = nil) throws(TorchError) -> Tensor {
        try x.conv2d(kernel(), bias, padding: padding)
    }

    /// The layer with its scale folded into the weight, for a network that is only run.
    public func frozen() throws(TorchError) -> EqualizedConvolution {
        var copy = self
        copy.weight = try kernel().detached()
        copy.isFolded = true
        return copy
    }

    private func kernel() throws(TorchError) -> Tensor { isFolded ? weight : try weight * scale }
}
