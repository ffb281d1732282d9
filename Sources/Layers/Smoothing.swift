public import Torch

/// Smooths with [1, 3, 3, 1] ⊗ [1, 3, 3, 1] around a doubling or halving, as StyleGAN2 does it.
///
/// Buffer: `kernel` [4, 4], which sums up to 1, or to 4 where it makes up for zeros that were put in.
///
/// Source: Karras et al., "Analyzing and improving the image quality of StyleGAN", 2020, section 4.1; rosinality `Blur`,
/// `Upsample`.
public struct Smoothing {
    private let kernel: Tensor
    private let up: Int
    private let padding: (Int, Int)

    /// Smooths what a transposed 3x3 convolution of stride 2 has doubled: [N, C, 2H + 1, 2W + 1] to [N, C, 2H, 2W].
    public static func afterDoubling(in scope: ParameterScope) throws(LayerError) -> Smoothing {
        try Smoothing(in: scope, sum: 4, up: 1, padding: (1, 1))
    }

    /// Doubles and smooths: [N, C, H, W] to [N, C, 2H, 2W].
    public static func doubling(in scope: ParameterScope) throws(LayerError) -> Smoothing {
        try Smoothing(in: scope, sum: 4, up: 2, padding: (2, 1))
    }

    /// Smooths before a convolution of stride 2 with a kernel of `kernelSize` and no padding, which then halves.
    public static func beforeHalving(in scope: ParameterScope, kernelSize: Int) throws(LayerError) -> Smoothing {
        let total = 2 + kernelSize - 1
        return try Smoothing(in: scope, sum: 1, up: 1, padding: ((total + 1) / 2, total / 2))
    }

    private init(in scope: ParameterScope, sum: Double, up: Int, padding: (Int, Int)) throws(LayerError) {
        let taps = [1.0, 3, 3, 1]
        kernel = try scope.buffer(
            "kernel", [4, 4], .repeating(taps.flatMap { row in taps.map { row * $0 / 64 * sum } }))
        self.up = up
        self.padding = padding
    }

    /// Applies the filter.
    public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        try x.upFIRDown(kernel, up: up, padding: padding)
    }
}
