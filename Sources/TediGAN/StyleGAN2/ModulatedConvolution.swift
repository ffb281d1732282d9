import Layers
import Torch

/// A convolution whose input channels are scaled by the style, and whose output channels are brought back to unit
/// variance (demodulation).
///
/// The published form scales the weights of every image and runs a grouped convolution. Scaling is linear, so the same
/// numbers come from one shared convolution between a scaling of the input's channels and one of the output's:
///
///     y[o] = d[o] Σ_i W[o, i] * (s[i] x[i]),   d[o] = 1 / √(Σ_i s[i]² Σ_k W[o, i, k]² + 1e-8)
///
/// This needs no weight per image and no operator of its own, and Σ_k W² is made once where the network is only run.
///
/// Tensors: `weight` [1, outputs, inputs, k, k], `modulation.weight` [inputs, S], `modulation.bias` [inputs],
/// `blur.kernel` where it doubles the size.
///
/// Source: Karras et al., "Analyzing and improving the image quality of StyleGAN", 2020, section 2.2.
struct ModulatedConvolution {
    enum Size {
        case same
        case doubling(Smoothing)
    }

    private var weight: Tensor
    /// Σ_k W² of a network that is only run, [inputs, outputs].
    private var power: Tensor?
    private var modulation: EqualizedDense
    private let size: Size
    private let demodulates: Bool
    private let inputs: Int
    private let outputs: Int
    private let kernelSize: Int

    /// Takes the layer from a scope.
    init(
        in scope: ParameterScope, inputs: Int, outputs: Int, kernelSize: Int, style: Int, doubles: Bool = false,
        demodulates: Bool = true
    ) throws(LayerError) {
        weight = try scope.parameter(
            "weight", [1, outputs, inputs, kernelSize, kernelSize], .normal(deviation: 1))
        modulation = try EqualizedDense(
            in: scope.scope("modulation"), inputs: style, outputs: inputs, initialBias: 1, names: ("weight", "bias"))
        size = doubles ? .doubling(try .afterDoubling(in: scope.scope("blur"))) : .same
        self.demodulates = demodulates
        self.inputs = inputs
        self.outputs = outputs
        self.kernelSize = kernelSize
    }

    /// [N, inputs, H, W] and styles [N, S] to [N, outputs, H, W] or twice the size.
    func callAsFunction(_ x: Tensor, style: Tensor) throws(TorchError) -> Tensor {
        let rows = x.shape[0]
        let kernel = try weight.reshape([outputs, inputs, kernelSize, kernelSize])
        let scales = try modulation(style) * scale
        let scaled = try x * scales.reshape([rows, inputs, 1, 1])
        let y: Tensor
        switch size {
        case .same:
            y = try scaled.conv2d(kernel, padding: kernelSize / 2)
        case .doubling(let smoothing):
            y = try smoothing(scaled.convTranspose2d(kernel.transposed(0, 1), stride: 2))
        }
        guard demodulates else { return y }
        let power = if let power { power } else { try Self.power(of: kernel) }
        let variance = try scales.square().matmul(power) + 1e-8
        return try y * variance.rsqrt().reshape([rows, outputs, 1, 1])
    }

    /// The layer with its sums of squares made once, for a network that is only run.
    func frozen() throws(TorchError) -> ModulatedConvolution {
        var copy = self
        copy.weight = try weight.detached().clone()
        copy.power = try Self.power(of: copy.weight.reshape([outputs, inputs, kernelSize, kernelSize]))
        copy.modulation = try modulation.frozen()
        return copy
    }

    /// The equalised learning rate's constant.
    private var scale: Double { 1 / Double(inputs * kernelSize * kernelSize).squareRoot() }

    private static func power(of kernel: Tensor) throws(TorchError) -> Tensor {
        try kernel.square().sum([2, 3]).transposed(0, 1)
    }
}
