public import Torch

/// What follows every convolution of the synthesis network: noise, bias, leaky ReLU, and adaptive instance
/// normalisation, which carries the style.
///
/// Tensors: `apply_noise.weight` [C] and `apply_noise.noise` [1, 1, r, r] (buffer), `bias` [C],
/// `style_mod.dense.fc.weight` [2C, W], `style_mod.dense.wscale.bias` [2C].
///
/// Source: Karras et al., "A style-based generator", 2019, section 2.
public struct Epilogue {
    private var noiseWeight: Tensor
    private let noise: Tensor
    private var bias: Tensor
    private var style: EqualizedDense
    private let channels: Int
    /// Whether the numbers do not move any more, and an own kernel does all steps.
    private var isFused = false
    private var folded: Tensor?

    /// Takes the layer from a scope.
    /// - Parameters:
    ///   - scope: where the tensors are.
    ///   - channels: C.
    ///   - resolution: r.
    ///   - codeWidth: W, the width of one layer of a code.
    ///   - styleDeviation: deviation of a new style layer's output for a code of deviation 1.
    public init(
        in scope: ParameterScope, channels: Int, resolution: Int, codeWidth: Int, styleDeviation: Double = 1
    ) throws(LayerError) {
        self.channels = channels
        bias = try scope.parameter("bias", [channels], .zeros)
        let noiseScope = scope.scope("apply_noise")
        noiseWeight = try noiseScope.parameter("weight", [channels], .zeros)
        noise = try noiseScope.buffer("noise", [1, 1, resolution, resolution], .normal(deviation: 1))
        style = try EqualizedDense(
            in: scope.scope("style_mod").scope("dense"), inputs: codeWidth, outputs: 2 * channels,
            deviation: styleDeviation)
    }

    /// [N, C, r, r] and the layer's part of the codes [N, W] to [N, C, r, r].
    /// - Parameters:
    ///   - x: the convolution's output.
    ///   - code: one row per image.
    ///   - noise: a map per image [N, 1, r, r]; the stored one if nil.
    ///   - blur: what the convolution's output goes through first, where it has doubled the size.
    ///   - overwriting: whether x is of no use afterwards.
    public func callAsFunction(
        _ x: Tensor, code: Tensor, noise: Tensor? = nil, blur: Blur? = nil, overwriting: Bool = false
    ) throws(TorchError) -> Tensor {
        let (scale, shift) = try styles(of: code)
        if isFused, blur?.isBinomial ?? true {
            return try x.styled(
                scale: scale, shift: shift, noise: noise ?? self.noise, noiseWeight: noiseWeight, bias: bias,
                blurred: blur != nil, overwriting: overwriting)
        }
        let smooth = try blur.map { blur throws(TorchError) in try blur(x) } ?? x
        let raised = try smooth + offset(noise)
        let styled = try raised.leakyReLU(0.2).adaIN(scale: scale, shift: shift, epsilon: 1e-8)
        // Where the pixels are bfloat16 and all else is not.
        return try styled.to(dtype: x.dtype)
    }

    /// The convolution before and the epilogue at once, for running only, where both are frozen for it.
    /// - Parameters:
    ///   - x: the layer before.
    ///   - filter: the convolution; nil where it has no such form.
    ///   - code: one row per image.
    ///   - noise: a map per image [N, 1, r, r]; the stored one if nil.
    ///   - blur: what the convolution's output goes through first, where it doubles the size.
    /// - Returns: nil where they are not.
    public func callAsFunction(
        _ x: StyledPixels, through filter: WinogradConvolution?, code: Tensor, noise: Tensor? = nil, blur: Blur? = nil
    ) throws(TorchError) -> StyledPixels? {
        guard let filter, !filter.isDifferentiable, isFused, blur?.isBinomial ?? true else { return nil }
        let (scale, shift) = try styles(of: code)
        return try filter.styled(
            x, scale: scale, shift: shift, noise: noise ?? self.noise, noiseWeight: noiseWeight, bias: bias,
            doubling: blur != nil)
    }

    /// The layer with its constants folded, for a network that is only run.
    public func frozen() throws(TorchError) -> Epilogue {
        var copy = self
        copy.noiseWeight = try noiseWeight.detached().clone()
        copy.bias = try bias.detached().clone()
        copy.style = try style.frozen()
        copy.isFused = bias.dtype == .float32 && bias.device == .cpu
        if !copy.isFused { copy.folded = try offset(nil).detached() }
        return copy
    }

    /// Noise and bias together: one map for all images where the noise is the stored one.
    private func offset(_ given: Tensor?) throws(TorchError) -> Tensor {
        if given == nil, let folded { return folded }
        let weight = try noiseWeight.reshape([1, channels, 1, 1])
        return try (given ?? noise) * weight + bias.reshape([1, channels, 1, 1])
    }

    /// Scale less 1, and shift, of every image and channel: two of [N, C].
    private func styles(of code: Tensor) throws(TorchError) -> (scale: Tensor, shift: Tensor) {
        let both = try style(code)
        return (
            try both.narrow(1, start: 0, length: channels), try both.narrow(1, start: channels, length: channels)
        )
    }
}
