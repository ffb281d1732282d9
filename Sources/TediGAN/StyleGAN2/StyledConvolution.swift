import Layers
import Torch

/// A modulated convolution, noise of one strength for all channels, and the activation.
///
/// Tensors: `conv.*`, `noise.weight` [1], `activate.bias` [C].
struct StyledConvolution {
    private var convolution: ModulatedConvolution
    private let noiseWeight: Tensor
    private let activation: ScaledLeakyReLU

    init(
        in scope: ParameterScope, inputs: Int, outputs: Int, style: Int, doubles: Bool = false
    ) throws(LayerError) {
        convolution = try ModulatedConvolution(
            in: scope.scope("conv"), inputs: inputs, outputs: outputs, kernelSize: 3, style: style, doubles: doubles)
        noiseWeight = try scope.scope("noise").parameter("weight", [1], .zeros)
        activation = try ScaledLeakyReLU(in: scope.scope("activate"), channels: outputs)
    }

    /// - Parameters:
    ///   - x: [N, inputs, H, W].
    ///   - style: the layer's codes [N, S].
    ///   - noise: [1 or N, 1, H', W'].
    func callAsFunction(_ x: Tensor, style: Tensor, noise: Tensor) throws(TorchError) -> Tensor {
        try activation(convolution(x, style: style) + noise * noiseWeight)
    }

    func frozen() throws(TorchError) -> StyledConvolution {
        var copy = self
        copy.convolution = try convolution.frozen()
        return copy
    }
}

/// Features to colours by a modulated 1x1 convolution without demodulation, added to the picture of half the size.
///
/// Tensors: `conv.*`, `bias` [1, 3, 1, 1], `upsample.kernel` where there is a smaller picture.
struct ToRGB {
    private var convolution: ModulatedConvolution
    private let bias: Tensor
    private let upsample: Smoothing?

    init(in scope: ParameterScope, inputs: Int, style: Int, hasSmaller: Bool) throws(LayerError) {
        convolution = try ModulatedConvolution(
            in: scope.scope("conv"), inputs: inputs, outputs: 3, kernelSize: 1, style: style, demodulates: false)
        bias = try scope.parameter("bias", [1, 3, 1, 1], .zeros)
        upsample = hasSmaller ? try .doubling(in: scope.scope("upsample")) : nil
    }

    /// [N, inputs, H, W], styles [N, S] and the picture so far [N, 3, H/2, W/2] to [N, 3, H, W].
    func callAsFunction(_ x: Tensor, style: Tensor, smaller: Tensor?) throws(TorchError) -> Tensor {
        let picture = try convolution(x, style: style) + bias
        guard let upsample, let smaller else { return picture }
        return try picture + upsample(smaller)
    }

    func frozen() throws(TorchError) -> ToRGB {
        var copy = self
        copy.convolution = try convolution.frozen()
        return copy
    }
}
