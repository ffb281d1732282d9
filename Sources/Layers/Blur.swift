public import Torch

/// Smooths every channel with the binomial kernel [1, 2, 1] ⊗ [1, 2, 1] / 16 under zero padding.
///
/// Buffer: `kernel` [channels, 1, 3, 3].
///
/// Source: Karras et al., "A style-based generator", 2019, appendix B.
public struct Blur {
    private let kernel: Tensor
    private let channels: Int
    /// Whether the stored kernel is the one that it should be, as in every published file.
    let isBinomial: Bool

    /// Takes the layer from a scope.
    public init(in scope: ParameterScope, channels: Int) throws(LayerError) {
        self.channels = channels
        let taps = [1, 2, 1, 2, 4, 2, 1, 2, 1].map { $0 / 16.0 }
        let kernel = try scope.buffer("kernel", [channels, 1, 3, 3], .repeating(taps))
        isBinomial = try layered { () throws(TorchError) in
            let expected = try Tensor(taps, shape: [1, 1, 3, 3], dtype: kernel.dtype, device: kernel.device)
            return try (kernel - expected).abs().amax().item() == 0
        }
        self.kernel = kernel
    }

    /// [N, channels, H, W] to the same shape.
    public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        try x.conv2d(kernel, padding: 1, groups: channels)
    }
}
