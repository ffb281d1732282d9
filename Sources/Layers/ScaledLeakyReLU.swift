public import Torch

/// A bias, a leaky ReLU of slope 0.2, and a gain of √2 that keeps the variance: StyleGAN2's activation.
///
/// StyleGAN has the √2 in its weights' gain instead and no gain here.
///
/// Tensor: `bias` [channels].
///
/// Source: Karras et al., "Analyzing and improving the image quality of StyleGAN", 2020; rosinality `FusedLeakyReLU`.
public struct ScaledLeakyReLU {
    private let bias: Tensor

    /// Takes the layer from a scope.
    public init(in scope: ParameterScope, channels: Int) throws(LayerError) {
        bias = try scope.parameter("bias", [channels], .zeros)
    }

    /// [N, channels, H, W] to the same shape.
    public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        try (x + bias.reshape([1, bias.count, 1, 1])).scaledLeakyReLU()
    }
}

extension Tensor {
    /// √2 · leaky ReLU of slope 0.2.
    public func scaledLeakyReLU() throws(TorchError) -> Tensor { try leakyReLU(0.2) * 2.0.squareRoot() }
}
