public import Torch

extension Tensor {
    /// x / √(mean(x²) + ε) over axis 1: the pixel norm of a code [N, C] or of activations [N, C, H, W].
    ///
    /// Source: Karras et al., "Progressive growing of GANs", 2018, section 4.2.
    public func pixelNormed(epsilon: Double = 1e-8) throws(TorchError) -> Tensor {
        try self * (square().mean([1], keepDims: true) + epsilon).rsqrt()
    }
}
