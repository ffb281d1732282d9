internal import CTorch

/// A convolution with 3x3 kernels that do not move any more, made fast by minimal filtering: a quarter of the products
/// of the definition, paid for by transforms of the pixels.
///
/// Stride 1, padding 1; float32 on the CPU; channels are multiples of 16. Takes four times the memory of the
/// weights; see ``pays(_:side:)``. Results differ from `conv2d` by rounding. A result does not depend on
/// the batch that its image is in.
///
/// Source: Lavin, Gray, "Fast algorithms for convolutional neural networks", 2016.
public struct WinogradConvolution {
    private let packed: Tensor
    private let adjoint: Tensor?
    private let outputs: Int

    /// Whether a weight has the shape and type that this form needs.
    public static func suits(_ weight: Tensor) -> Bool {
        let shape = weight.shape
        return shape.count == 4 && shape[2] == 3 && shape[3] == 3 && shape[0] % 16 == 0 && shape[1] % 16 == 0
            && shape[0] > 0 && shape[1] > 0 && weight.dtype == .float32 && weight.device == .cpu
    }

    /// Whether the form pays for images of height `side`.
    ///
    /// Below 32 pixels the weights, not the pixels, take the time; and layers wider than StyleGAN's would take more memory
    /// for their transformed weights than all others together.
    public static func pays(_ weight: Tensor, side: Int) -> Bool {
        suits(weight) && side >= 32 && weight.shape[0] * weight.shape[1] <= 512 * 1024
    }

    /// Transforms a weight [outputs, inputs, 3, 3].
    /// - Parameters:
    ///   - weight: the kernels; later changes of it have no effect.
    ///   - differentiable: whether gradients by the input are wanted; takes the memory twice.
    /// - Throws: `TorchError` for a weight that does not suit.
    public init(_ weight: Tensor, differentiable: Bool) throws(TorchError) {
        outputs = weight.shape[0]
        packed = try Self.pack(weight)
        adjoint = differentiable ? try Self.pack(weight.flipped([2, 3]).transposed(0, 1)) : nil
    }

    /// [N, inputs, H, W] to [N, outputs, H, W], plus bias, through a leaky ReLU.
    /// - Parameters:
    ///   - x: pixels; those stored channels last are not copied first, and the result is stored so.
    ///   - bias: [outputs].
    ///   - slope: of the activation below zero: 0 is ReLU, 1 none.
    ///   - doubling: whether the outputs are the four pixels of squares of an image of twice the size:
    ///     [N, outputs / 4, 2H, 2W].
    /// - Throws: `TorchError` if x does not fit, or wants a gradient that was not prepared for.
    public func callAsFunction(
        _ x: Tensor, bias: Tensor? = nil, slope: Double = 1, doubling: Bool = false
    ) throws(TorchError) -> Tensor {
        try unsafe make("winograd", [x] + optional(bias)) {
            unsafe ct_filter(
                $0, x.raw, packed.raw, adjoint?.raw, bias?.raw, outputs, slope, doubling, $1)
        }
    }

    private static func pack(_ weight: Tensor) throws(TorchError) -> Tensor {
        try unsafe make("winograd", [weight]) { unsafe ct_filter_pack($0, weight.raw, $1) }
    }
}

extension Tensor {
    /// What follows a convolution in a synthesis network, in two passes over memory.
    ///
    /// Noise, bias, leaky ReLU, instance normalisation and style. float32 on the CPU; gradients by the pixels and the
    /// style.
    ///
    /// - Parameters:
    ///   - scale: of the style, less 1, [N, C].
    ///   - shift: of the style, [N, C].
    ///   - noise: [1 or N, 1, H, W].
    ///   - noiseWeight: how much of the noise each channel takes, [C].
    ///   - bias: [C].
    ///   - slope: of the leaky ReLU.
    ///   - blurred: whether the pixels are smoothed by [1, 2, 1] ⊗ [1, 2, 1] / 16 first.
    ///   - overwriting: whether this tensor is of no use afterwards, so that its memory may be taken for the result.
    public func styled(
        scale: Tensor, shift: Tensor, noise: Tensor?, noiseWeight: Tensor, bias: Tensor, slope: Double = 0.2,
        epsilon: Double = 1e-8, blurred: Bool = false, overwriting: Bool = false
    ) throws(TorchError) -> Tensor {
        try unsafe make("styled", [self, scale, shift, noiseWeight, bias] + optional(noise)) {
            unsafe ct_styled(
                $0, raw, scale.raw, shift.raw, noise?.raw, noiseWeight.raw, bias.raw, slope, epsilon, blurred,
                overwriting, $1)
        }
    }
}
