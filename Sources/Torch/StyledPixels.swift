internal import CTorch

/// Pixels of a synthesis network's layer whose last step, normalisation and style, may still be to do.
///
/// That step multiplies each channel of each image by a number and adds another. The next layer does it while it reads
/// the pixels, which saves a pass over memory.
public struct StyledPixels {
    /// [N, C, H, W], float32 or bfloat16.
    public let pixels: Tensor
    /// Factors and terms, [2, N, C], where they are still to be applied.
    let affine: Tensor?

    /// Pixels that are done.
    public init(_ pixels: Tensor) {
        self.pixels = pixels
        affine = nil
    }

    init(_ pixels: Tensor, affine: Tensor) {
        self.pixels = pixels
        self.affine = affine
    }

    /// The pixels with the last step done.
    public func resolved() throws(TorchError) -> Tensor {
        guard let affine else { return pixels }
        return try unsafe make("affine", [pixels, affine]) { unsafe ct_affine($0, pixels.raw, affine.raw, $1) }
    }

    /// A 1x1 convolution to few channels, float32 [N, outputs, H, W], without gradients.
    ///
    /// - Parameters:
    ///   - weight: [outputs, C, 1, 1], float32.
    ///   - bias: [outputs].
    public func projected(_ weight: Tensor, bias: Tensor) throws(TorchError) -> Tensor {
        try unsafe make("project", [pixels, weight, bias]) {
            unsafe ct_project($0, pixels.raw, affine?.raw, weight.raw, bias.raw, $1)
        }
    }
}

extension WinogradConvolution {
    /// A layer of a synthesis network for running only: the convolution, blur where it doubles the size, noise, bias,
    /// leaky ReLU, instance normalisation and style.
    ///
    /// - Parameters:
    ///   - x: the layer before.
    ///   - scale: of the style, less 1, [N, C].
    ///   - shift: of the style, [N, C].
    ///   - noise: [1 or N, 1, H, W].
    ///   - noiseWeight: how much of the noise each channel takes, [C].
    ///   - bias: [C].
    ///   - doubling: whether the outputs are the four pixels of squares of an image of twice the size; it is then
    ///     smoothed by [1, 2, 1] ⊗ [1, 2, 1] / 16.
    public func styled(
        _ x: StyledPixels, scale: Tensor, shift: Tensor, noise: Tensor?, noiseWeight: Tensor, bias: Tensor,
        slope: Double = 0.2, epsilon: Double = 1e-8, doubling: Bool
    ) throws(TorchError) -> StyledPixels {
        var affine: OpaquePointer?
        let pixels = try unsafe make("styled", [x.pixels, scale, shift, noiseWeight, bias] + optional(noise)) {
            unsafe ct_styled_filter(
                $0, &affine, x.pixels.raw, x.affine?.raw, packed.raw, outputs, doubling, scale.raw, shift.raw,
                noise?.raw, noiseWeight.raw, bias.raw, slope, epsilon, $1)
        }
        guard let affine = unsafe affine else {
            throw TorchError(operation: "styled", message: "no factors came back")
        }
        return unsafe StyledPixels(pixels, affine: Tensor(owning: affine))
    }
}

extension Tensor {
    /// What follows a convolution in a synthesis network, in two passes over memory.
    ///
    /// Noise, bias, leaky ReLU, instance normalisation and style. float32 on the CPU, the pixels also bfloat16 where no
    /// gradient is wanted; gradients by the pixels and the style.
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
