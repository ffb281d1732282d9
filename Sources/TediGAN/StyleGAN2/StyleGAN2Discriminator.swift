public import Layers
public import Torch

/// StyleGAN2's discriminator: residual blocks that halve the size, down to one number per image.
///
/// Tensors: `convs.{i}.*`, `final_conv.*`, `final_linear.{0, 1}.*`, as in published checkpoints under `d`.
///
/// Source: Karras et al., "Analyzing and improving the image quality of StyleGAN", 2020, section 4.1; rosinality
/// `Discriminator`.
public struct StyleGAN2Discriminator {
    private let stem: DiscriminatorConvolution
    private let blocks: [DiscriminatorBlock]
    private let last: DiscriminatorConvolution
    private let dense: (EqualizedDense, EqualizedDense)

    /// Takes the network from a scope.
    public init(_ configuration: StyleGAN2Configuration, in scope: ParameterScope) throws(LayerError) {
        do {
            try configuration.validate()
        } catch {
            throw .invalid(error.description)
        }
        var channels = configuration.channels(at: configuration.resolution)
        stem = try DiscriminatorConvolution(
            in: scope.scope("convs.0"), inputs: 3, outputs: channels, kernelSize: 1)
        var blocks: [DiscriminatorBlock] = []
        var resolution = configuration.resolution
        while resolution > 4 {
            let outputs = configuration.channels(at: resolution / 2)
            blocks.append(
                try DiscriminatorBlock(in: scope.scope("convs.\(blocks.count + 1)"), inputs: channels, outputs: outputs)
            )
            channels = outputs
            resolution /= 2
        }
        self.blocks = blocks
        last = try DiscriminatorConvolution(in: scope.scope("final_conv"), inputs: channels + 1, outputs: channels)
        dense = (
            try EqualizedDense(
                in: scope.scope("final_linear.0"), inputs: channels * 16, outputs: channels,
                names: ("weight", "bias")),
            try EqualizedDense(
                in: scope.scope("final_linear.1"), inputs: channels, outputs: 1, names: ("weight", "bias"))
        )
    }

    /// Images [N, 3, R, R] in -1...1 to scores [N]: high for what looks real.
    ///
    /// N is a multiple of 4, or less than 4.
    public func callAsFunction(_ images: Tensor) throws(TorchError) -> Tensor {
        var x = try stem(images)
        for block in blocks { x = try block(x) }
        x = try last(x.withMinibatchDeviation())
        return try dense.1(dense.0(x.flattened(from: 1)).scaledLeakyReLU()).reshape([images.shape[0]])
    }
}

/// A convolution with an equalised learning rate, after smoothing where it halves the size, and its activation.
private struct DiscriminatorConvolution {
    private let smoothing: Smoothing?
    private let convolution: EqualizedConvolution
    private let activation: ScaledLeakyReLU?

    init(
        in scope: ParameterScope, inputs: Int, outputs: Int, kernelSize: Int = 3, halves: Bool = false,
        activates: Bool = true
    ) throws(LayerError) {
        // Parts are numbered in the order in which they run.
        var next = 0
        func part() -> ParameterScope {
            defer { next += 1 }
            return scope.scope("\(next)")
        }
        smoothing = halves ? try .beforeHalving(in: part(), kernelSize: kernelSize) : nil
        convolution = try EqualizedConvolution(
            in: part(), inputs: inputs, outputs: outputs, kernelSize: kernelSize, gain: 1, stride: halves ? 2 : 1,
            padding: halves ? 0 : nil)
        activation = activates ? try ScaledLeakyReLU(in: part(), channels: outputs) : nil
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        let y = try convolution(smoothing.map { filter throws(TorchError) in try filter(x) } ?? x)
        return try activation.map { activation throws(TorchError) in try activation(y) } ?? y
    }
}

/// Two convolutions, the second halving the size, beside a halving shortcut; the sum is brought back to unit variance.
private struct DiscriminatorBlock {
    private let first: DiscriminatorConvolution
    private let second: DiscriminatorConvolution
    private let shortcut: DiscriminatorConvolution

    init(in scope: ParameterScope, inputs: Int, outputs: Int) throws(LayerError) {
        first = try DiscriminatorConvolution(in: scope.scope("conv1"), inputs: inputs, outputs: inputs)
        second = try DiscriminatorConvolution(in: scope.scope("conv2"), inputs: inputs, outputs: outputs, halves: true)
        shortcut = try DiscriminatorConvolution(
            in: scope.scope("skip"), inputs: inputs, outputs: outputs, kernelSize: 1, halves: true, activates: false)
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        try (second(first(x)) + shortcut(x)) * 0.5.squareRoot()
    }
}
