public import Layers
public import Torch

/// The generator of DF-GAN in its 2022 form: one stage, with the sentence fused into every block.
///
/// A baseline to compare TediGAN with; its weights were published for Multi-Modal CelebA-HQ by the data set's authors.
///
/// Tensors: `fc.*`; `GBlocks.{i}.*` of the fusion blocks; `to_rgb.1.*`.
///
/// Source: Tao et al., "DF-GAN: a simple and effective baseline for text-to-image synthesis", 2022; tobran/DF-GAN.
public struct DFGANGenerator {
    /// Sizes of the network.
    public struct Configuration: Sendable, Hashable, Codable {
        /// Channels of the last block; earlier ones have up to eight times as many.
        public var features: Int
        /// Width of the noise.
        public var noise: Int
        /// Width of the sentence's vector.
        public var sentence: Int
        /// Height and width of the image: a power of two, 8...1024.
        public var resolution: Int
        /// Channels of the image.
        public var imageChannels: Int

        /// Creates a configuration; the defaults are those published for 256 pixels.
        public init(
            features: Int = 32, noise: Int = 100, sentence: Int = 256, resolution: Int = 256, imageChannels: Int = 3
        ) {
            self.features = features
            self.noise = noise
            self.sentence = sentence
            self.resolution = resolution
            self.imageChannels = imageChannels
        }

        /// Channels before the first block and after each.
        var channels: [Int] {
            (0..<max(1, resolution.trailingZeroBitCount - 1)).reversed().map { features * min(1 << $0, 8) }
        }

        func validate() throws(LayerError) {
            guard (8...1024).contains(resolution), resolution.nonzeroBitCount == 1 else {
                throw .invalid("DF-GAN: resolution is \(resolution); it must be a power of two, 8...1024")
            }
            let sizes = [
                ("features", features, 1...512), ("noise", noise, 1...8192), ("sentence", sentence, 1...8192),
                ("imageChannels", imageChannels, 1...64),
            ]
            for (name, value, range) in sizes where !range.contains(value) {
                throw .invalid("DF-GAN: \(name) is \(value); it must be in \(range)")
            }
        }
    }

    private let configuration: Configuration
    private let dense: Dense
    private let blocks: [DFGANBlock]
    private let toRGB: Convolution

    /// Takes the network from a scope.
    public init(_ configuration: Configuration = Configuration(), in scope: ParameterScope) throws(LayerError) {
        try configuration.validate()
        self.configuration = configuration
        let channels = configuration.channels
        dense = try Dense(in: scope.scope("fc"), inputs: configuration.noise, outputs: channels[0] * 16)
        var blocks: [DFGANBlock] = []
        for (index, (inputs, outputs)) in zip(channels, channels.dropFirst()).enumerated() {
            blocks.append(
                try DFGANBlock(
                    in: scope.scope("GBlocks.\(index)"), condition: configuration.noise + configuration.sentence,
                    inputs: inputs, outputs: outputs))
        }
        self.blocks = blocks
        toRGB = try Convolution(
            in: scope.scope("to_rgb.1"), inputs: channels[channels.count - 1], outputs: configuration.imageChannels)
    }

    /// Noise [N, Z] and sentences [N, S] to images [N, 3, R, R], RGB in -1...1.
    public func callAsFunction(_ noise: Tensor, _ sentences: Tensor) throws(TorchError) -> Tensor {
        let last = try activations(noise, sentences).last
        guard let last else { throw TorchError(operation: "DF-GAN", message: "the network has no blocks") }
        return try toRGB(last.leakyReLU(0.2)).tanh()
    }

    /// What leaves each block.
    public func activations(_ noise: Tensor, _ sentences: Tensor) throws(TorchError) -> [Tensor] {
        let condition = try Tensor.cat([noise, sentences], axis: 1)
        var x = try dense(noise).reshape([noise.shape[0], configuration.channels[0], 4, 4])
        var list: [Tensor] = []
        for block in blocks {
            x = try block(x, condition)
            list.append(x)
        }
        return list
    }
}
