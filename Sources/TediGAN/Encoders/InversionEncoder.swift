public import Layers
public import Torch

/// E_v: an image to the W+ code that the generator makes it again from.
///
/// A 3x3 convolution, then residual blocks that halve the size down to 4 pixels and double the channels, then one dense
/// layer to all rows of the code, with batch normalisation after every one. Sketches and label maps use the same
/// network with other input channels.
///
/// Tensors: `block0.conv.weight`, `block0.bn.bn.*`; `block{i}.*` of ``ResidualBlock``; `block{last}.fc.weight`
/// [L C, 16 channels], `block{last}.bn.bn.*`.
///
/// Source: Zhu et al., "In-domain GAN inversion", 2020, in the form of genforce/idinvert_pytorch.
public struct InversionEncoder {
    /// The sizes.
    public let configuration: InversionEncoderConfiguration
    private var stem: Convolution
    private var stemNorm: BatchNorm?
    private var blocks: [ResidualBlock]
    private let dense: EqualizedDense
    private let denseNorm: BatchNorm

    /// Takes the encoder from a scope.
    public init(_ configuration: InversionEncoderConfiguration, in scope: ParameterScope) throws(LayerError) {
        do {
            try configuration.validate()
        } catch {
            throw .invalid(error.description)
        }
        self.configuration = configuration
        let inputs = configuration.imageChannels
        let first = scope.scope("block0")
        stem = try Convolution(
            in: first.scope("conv"), inputs: inputs, outputs: configuration.channels(ofBlock: 0), hasBias: false)
        stemNorm = try BatchNorm(in: first.scope("bn").scope("bn"), channels: configuration.channels(ofBlock: 0))
        var blocks: [ResidualBlock] = []
        for index in 0..<configuration.residualBlocks {
            blocks.append(
                try ResidualBlock(
                    in: scope.scope("block\(index + 1)"), inputs: configuration.channels(ofBlock: index),
                    outputs: configuration.channels(ofBlock: index + 1)))
        }
        self.blocks = blocks
        let last = scope.scope("block\(configuration.residualBlocks + 1)")
        let outputs = configuration.layers * configuration.wDimension
        dense = try EqualizedDense(
            in: last, inputs: 16 * configuration.channels(ofBlock: configuration.residualBlocks), outputs: outputs,
            hasBias: false)
        denseNorm = try BatchNorm(in: last.scope("bn").scope("bn"), channels: outputs)
    }

    /// Images [N, 3, R, R] in -1...1 to codes [N, L, C].
    /// - Parameters:
    ///   - images: of the configured size.
    ///   - training: whether batch normalisation uses the batch's statistics and moves the running ones.
    public func callAsFunction(_ images: Tensor, training: Bool = false) throws(TorchError) -> Tensor {
        var code: Tensor?
        try run(images, training) { code = $1 }
        guard let code else { throw TorchError(operation: "encoder", message: "the network has no blocks") }
        return code
    }

    /// The encoder with its normalisations folded into the convolutions, for running only.
    ///
    /// Gradients by the images still pass.
    public consuming func frozen() throws(TorchError) -> InversionEncoder {
        var copy = consume self
        let side = copy.configuration.resolution
        try Torch.sparingMemory { () throws(TorchError) in
            copy.stem = try copy.stem.frozen(into: copy.stemNorm, side: side)
            copy.stemNorm = nil
            for index in copy.blocks.indices {
                copy.blocks[index] = try copy.blocks[index].frozen(side: side >> (index + 1))
            }
        }
        return copy
    }

    /// The output of every block; the last one is the code.
    public func activations(_ images: Tensor) throws(TorchError) -> [Tensor] {
        var list: [Tensor] = []
        try run(images, false) { list.append($1) }
        return list
    }

    private func run(
        _ images: Tensor, _ training: Bool, _ visit: (Int, Tensor) -> Void
    ) throws(TorchError) {
        var x: Tensor
        if let stemNorm {
            x = try stemNorm(stem(images), training: training).leakyReLU(0.2)
        } else {
            x = try stem.activated(images, slope: 0.2)
        }
        visit(0, x)
        for (index, block) in blocks.enumerated() {
            x = try block(x.averagePool2d(2), training: training)
            visit(index + 1, x)
        }
        x = try denseNorm(dense(x.flattened(from: 1)), training: training)
        x = try x.reshape([images.shape[0], configuration.layers, configuration.wDimension])
        visit(blocks.count + 1, x)
    }
}
