public import Torch

/// Smooths every channel with the binomial kernel [1, 2, 1] ⊗ [1, 2, 1] / 16 under zero padding.
///
/// Buffer: `kernel` [channels, 1, 3, 3].
///
/// Source: Karras et al., "A style-based generator", 2019, appendix B.
public struct Blur {
    private let kernel: Tensor
    private let channels: Int

    /// Takes the layer from a scope.
    public init(in scope: ParameterScope, channels: Int) throws(LayerError) {
        self.channels = channels
        kernel = try scope.buffer(
            "kernel", [channels, 1, 3, 3], .repeating([1, 2, 1, 2, 4, 2, 1, 2, 1].map { $0 / 16 }))
    }

    /// [N, channels, H, W] to the same shape.
    public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        try x.conv2d(kernel, padding: 1, groups: channels)
    }
}
