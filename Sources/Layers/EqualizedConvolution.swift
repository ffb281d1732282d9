public import Torch

/// A convolution with an equalised learning rate.
///
/// Tensor: `weight` [outputs, inputs, k, k], scaled by gain / √(inputs k²) when used; no bias.
///
/// Source: Karras et al., "Progressive growing of GANs", 2018, section 4.1.
public struct EqualizedConvolution {
    private var weight: Tensor
    private let scale: Double
    private let stride: Int
    private let padding: Int
    private var isFolded = false
    /// What runs where the layer is frozen and transformed weights pay.
    public private(set) var filter: WinogradConvolution?

    /// Takes the layer from a scope.
    /// - Parameters:
    ///   - scope: where `weight` is.
    ///   - inputs: channels of the input.
    ///   - outputs: channels of the output.
    ///   - kernelSize: k, odd.
    ///   - gain: √2 before a leaky ReLU, 1 otherwise.
    ///   - stride: distance of the windows.
    ///   - padding: zeros on every side; k / 2 if nil, which keeps the size.
    public init(
        in scope: ParameterScope, inputs: Int, outputs: Int, kernelSize: Int = 3, gain: Double = 2.0.squareRoot(),
        stride: Int = 1, padding: Int? = nil
    ) throws(LayerError) {
        weight = try scope.parameter(
            "weight", [outputs, inputs, kernelSize, kernelSize], .normal(deviation: 1))
        scale = gain / Double(inputs * kernelSize * kernelSize).squareRoot()
        self.stride = stride
        self.padding = padding ?? kernelSize / 2
    }

    /// A layer of given kernels [outputs, inputs, k, k], with no scale; stride 1.
    init(kernel: Tensor) {
        weight = kernel
        scale = 1
        stride = 1
        padding = kernel.shape[2] / 2
        isFolded = true
    }

    /// [N, inputs, H, W] to [N, outputs, H', W'].
    public func callAsFunction(_ x: Tensor, bias: Tensor? = nil) throws(TorchError) -> Tensor {
        if let filter { return try filter(x, bias: bias) }
        return try x.conv2d(kernel(), bias, stride: stride, padding: padding)
    }

    /// The layer with its scale folded into the weight, for a network that is only run.
    /// - Parameters:
    ///   - side: height of the images, where it is known: large ones are worth transformed weights.
    ///   - differentiable: whether gradients by the input are wanted of those.
    ///   - precision: type of the pixels; the weight's if nil.
    public func frozen(
        side: Int = 0, differentiable: Bool = true, precision: DType? = nil
    ) throws(TorchError) -> EqualizedConvolution {
        var copy = self
        let folded = try kernel().detached()
        let precision = precision ?? folded.dtype
        copy.isFolded = true
        if stride == 1, padding == 1, WinogradConvolution.pays(folded, side: side, precision: precision) {
            copy.filter = try WinogradConvolution(folded, differentiable: differentiable, precision: precision)
            copy.weight = try Tensor.zeros([0])
        } else {
            copy.weight = try folded.to(dtype: precision)
        }
        return copy
    }

    /// A frozen layer of 1x1 kernels on pixels whose last step is still to do; see ``projected(_:bias:)``.
    public func projected(_ x: StyledPixels, bias: Tensor) throws(TorchError) -> Tensor {
        try x.projected(kernel(), bias: bias)
    }

    private func kernel() throws(TorchError) -> Tensor { isFolded ? weight : try weight * scale }
}
