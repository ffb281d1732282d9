public import Torch

/// A plain convolution, as in networks that were trained without an equalised learning rate.
///
/// Tensors: `weight` [outputs, inputs, k, k], `bias` [outputs] where there is one.
public struct Convolution {
    private var weight: Tensor
    private var bias: Tensor?
    private let stride: Int
    private let padding: Int
    private var filter: WinogradConvolution?
    /// Whether weight and pixels are stored channels last, as own kernels want them: LibTorch would otherwise turn the
    /// weight over in each call, or the pixels.
    private var isFrozen = false

    /// Takes the layer from a scope.
    /// - Parameters:
    ///   - scope: where the tensors are.
    ///   - inputs: channels of the input.
    ///   - outputs: channels of the output.
    ///   - kernelSize: k.
    ///   - stride: distance of the windows.
    ///   - padding: zeros on every side; k / 2 if nil.
    ///   - hasBias: whether there is a bias.
    public init(
        in scope: ParameterScope, inputs: Int, outputs: Int, kernelSize: Int = 3, stride: Int = 1,
        padding: Int? = nil, hasBias: Bool = true
    ) throws(LayerError) {
        weight = try scope.parameter(
            "weight", [outputs, inputs, kernelSize, kernelSize],
            .normal(deviation: heDeviation(inputs * kernelSize * kernelSize)))
        bias = hasBias ? try scope.parameter("bias", [outputs], .zeros) : nil
        self.stride = stride
        self.padding = padding ?? kernelSize / 2
    }

    /// [N, inputs, H, W] to [N, outputs, H', W'].
    public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        if let filter { return try filter(x, bias: bias) }
        return try (isFrozen ? x.channelsLast() : x).conv2d(weight, bias, stride: stride, padding: padding)
    }

    /// The same, through a leaky ReLU of slope `slope`; 0 is ReLU.
    public func activated(_ x: Tensor, slope: Double = 0) throws(TorchError) -> Tensor {
        if let filter { return try filter(x, bias: bias, slope: slope) }
        let y = try callAsFunction(x)
        // For its gradient ReLU keeps the result, which the next layer needs anyway, not what it was given.
        return slope == 0 ? try y.relu() : try y.leakyReLU(slope)
    }

    /// The layer for a network that is only run, with a batch normalisation after it folded in.
    /// - Parameters:
    ///   - norm: what follows, in its inference form.
    ///   - extraBias: what is added before that, [outputs].
    ///   - side: height of the images, where it is known: large ones are worth transformed weights.
    public func frozen(
        into norm: BatchNorm? = nil, extraBias: Tensor? = nil, side: Int = 0
    ) throws(TorchError) -> Convolution {
        try withNoGradient { () throws(TorchError) in
            var copy = self
            copy.weight = try weight.detached()
            copy.bias = try bias?.detached()
            if let extraBias {
                copy.bias = try copy.bias.map { bias throws(TorchError) in try bias + extraBias } ?? extraBias
            }
            if let norm {
                let (factor, term) = try norm.affine()
                copy.weight = try copy.weight * factor.reshape([factor.count, 1, 1, 1])
                copy.bias = try copy.bias.map { bias throws(TorchError) in try bias * factor + term } ?? term
            }
            if stride == 1, padding == 1, WinogradConvolution.pays(copy.weight, side: side) {
                copy.filter = try WinogradConvolution(copy.weight, differentiable: true)
                copy.weight = try Tensor.zeros([0])
            } else {
                copy.isFrozen = true
                copy.weight = try copy.weight.channelsLast()
            }
            return copy
        }
    }
}
