public import Layers
public import Torch

/// StyleGAN's discriminator: the generator's channels in reverse, down to one number per image.
///
/// From colours by a 1x1 convolution; at each size a convolution, the blur, and a convolution that halves; at 4 pixels
/// the deviation over the batch, a convolution and two dense layers. No published file holds it for the 256-pixel
/// generator, so the names are ours, in the manner of the generator's.
///
/// Tensors: `input.conv.weight`, `input.bias`; `layer{i}.conv.weight`, `.bias`, `.blur.kernel` for even and odd i from
/// the finest size; `dense{0, 1}.*`.
///
/// Source: Karras et al., "A style-based generator", 2019, appendix C; facts of TediGAN 1.2.
public struct Discriminator {
    /// One convolution with bias and leaky ReLU; a halving one blurs first.
    private struct Layer {
        let convolution: EqualizedConvolution
        let bias: Tensor
        let blur: Blur?

        init(
            in scope: ParameterScope, inputs: Int, outputs: Int, kernelSize: Int = 3, halves: Bool = false
        ) throws(LayerError) {
            blur = halves ? try Blur(in: scope.scope("blur"), channels: inputs) : nil
            convolution = try EqualizedConvolution(
                in: scope.scope("conv"), inputs: inputs, outputs: outputs, kernelSize: kernelSize)
            bias = try scope.parameter("bias", [outputs], .zeros)
        }

        func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
            guard let blur else { return try convolution(x, bias: bias).leakyReLU(0.2) }
            return try convolution(blur(x), bias: bias).averagePool2d(2).leakyReLU(0.2)
        }
    }

    private let layers: [Layer]
    private let last: Layer
    private let dense: (EqualizedDense, EqualizedDense)

    /// Takes the network from a scope; the configuration is the generator's.
    public init(_ configuration: GeneratorConfiguration, in scope: ParameterScope) throws(LayerError) {
        do {
            try configuration.validate()
        } catch {
            throw .invalid(error.description)
        }
        var channels = configuration.channels(at: configuration.resolution)
        var layers = [try Layer(in: scope.scope("input"), inputs: 3, outputs: channels, kernelSize: 1)]
        var resolution = configuration.resolution
        while resolution > 4 {
            let outputs = configuration.channels(at: resolution / 2)
            let index = layers.count - 1
            layers.append(try Layer(in: scope.scope("layer\(index)"), inputs: channels, outputs: channels))
            layers.append(
                try Layer(in: scope.scope("layer\(index + 1)"), inputs: channels, outputs: outputs, halves: true))
            channels = outputs
            resolution /= 2
        }
        self.layers = layers
        last = try Layer(in: scope.scope("layer\(layers.count - 1)"), inputs: channels + 1, outputs: channels)
        dense = (
            try EqualizedDense(
                in: scope.scope("dense0"), inputs: channels * 16, outputs: channels, gain: 2.0.squareRoot()),
            try EqualizedDense(in: scope.scope("dense1"), inputs: channels, outputs: 1)
        )
    }

    /// Images [N, 3, R, R] in -1...1 to scores [N]: high for what looks real.
    ///
    /// N is a multiple of 4, or less than 4.
    public func callAsFunction(_ images: Tensor) throws(TorchError) -> Tensor {
        var x = images
        for layer in layers { x = try layer(x) }
        x = try last(x.withMinibatchDeviation())
        return try dense.1(dense.0(x.flattened(from: 1)).leakyReLU(0.2)).reshape([images.shape[0]])
    }
}
