public import Layers
public import Torch

/// StyleGAN's discriminator: the generator's channels in reverse, down to one number per image.
///
/// From colours by a 1x1 convolution; at each size a convolution, the blur, and a convolution that halves; at 4 pixels
/// the deviation over the batch, a convolution and two dense layers. No published file holds it for the 256-pixel
/// generator, so the names are ours, in the manner of the generator's.
///
/// Tensors: `input.conv.weight`, `input.bias`; `layer{i}.conv.weight`, `.bias`, `.blur.kernel` for even and odd i from
/// the finest size; `dense{0, 1}.*`. A discriminator that grows has an input for each size, `input{r}.*` at the smaller
/// ones, and shares the rest.
///
/// Source: Karras et al., "A style-based generator", 2019, appendix C; facts of TediGAN 1.2; growing: Karras et al.,
/// "Progressive growing of GANs", 2018.
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

    /// Takes the network from a scope.
    /// - Parameters:
    ///   - configuration: the generator's.
    ///   - finest: side of the pictures that the network is grown to; the configuration's if nil.
    ///   - scope: where the tensors are.
    public init(
        _ configuration: GeneratorConfiguration, grownTo finest: Int? = nil, in scope: ParameterScope
    ) throws(LayerError) {
        do {
            try configuration.validate()
        } catch {
            throw .invalid(error.description)
        }
        var channels = configuration.channels(at: configuration.resolution)
        var resolution = configuration.resolution
        let finest = finest ?? resolution
        guard finest >= resolution, finest.nonzeroBitCount == 1 else {
            throw .invalid("a discriminator of \(resolution) pixels does not grow to \(finest)")
        }
        let input = resolution == finest ? "input" : "input\(resolution)"
        var layers = [try Layer(in: scope.scope(input), inputs: 3, outputs: channels, kernelSize: 1)]
        // The layers of the sizes that are still to come are numbered already.
        var index = 2 * (finest.trailingZeroBitCount - resolution.trailingZeroBitCount)
        while resolution > 4 {
            let outputs = configuration.channels(at: resolution / 2)
            layers.append(try Layer(in: scope.scope("layer\(index)"), inputs: channels, outputs: channels))
            layers.append(
                try Layer(in: scope.scope("layer\(index + 1)"), inputs: channels, outputs: outputs, halves: true))
            channels = outputs
            index += 2
            resolution /= 2
        }
        self.layers = layers
        last = try Layer(in: scope.scope("layer\(index)"), inputs: channels + 1, outputs: channels)
        dense = (
            try EqualizedDense(
                in: scope.scope("dense0"), inputs: channels * 16, outputs: channels, gain: 2.0.squareRoot()),
            try EqualizedDense(in: scope.scope("dense1"), inputs: channels, outputs: 1)
        )
    }

    /// Images [N, 3, R, R] in -1...1 to scores [N]: high for what looks real.
    ///
    /// N is a multiple of 4, or less than 4.
    /// - Parameters:
    ///   - images: as said.
    ///   - presence: share of the finest layers in what the others see.
    ///   - coarser: who sees the halved images beside them, where that share is less than 1.
    public func callAsFunction(
        _ images: Tensor, presence: Double = 1, over coarser: Discriminator? = nil
    ) throws(TorchError) -> Tensor {
        var x = images
        for (index, layer) in layers.enumerated() {
            x = try layer(x)
            // Input, convolution and halving are behind: this is the size at which the coarser one begins.
            if index == 2, presence < 1, let entrance = coarser?.layers.first {
                x = try entrance(images.averagePool2d(2)).lerp(to: x, weight: presence)
            }
        }
        x = try last(x.withMinibatchDeviation())
        return try dense.1(dense.0(x.flattened(from: 1)).leakyReLU(0.2)).reshape([images.shape[0]])
    }
}
