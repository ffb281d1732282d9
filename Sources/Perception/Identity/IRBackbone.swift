public import Layers
public import Torch

/// The improved ResNet that recognises faces (IR-SE50 and its kin), without its last layers: what ArcFace's embedding
/// and the pSp encoder are both built on.
///
/// Tensors: `input_layer.{0, 1, 2}`, `body.{i}` of bottlenecks.
///
/// Source: Deng et al., "ArcFace", 2019; the depths are those of InsightFace_Pytorch `get_blocks`.
public struct IRBackbone {
    /// How deep the network is, and whether it weighs channels.
    public struct Configuration: Sendable, Hashable {
        /// 50, 100 or 152 layers.
        public var depth: Int
        /// Whether blocks weigh their channels (IR-SE) or not (IR).
        public var excites: Bool

        /// Creates a configuration; the published identity model is IR-SE50.
        public init(depth: Int = 50, excites: Bool = true) {
            self.depth = depth
            self.excites = excites
        }

        /// Blocks of each of the four stages.
        func stages() throws(LayerError) -> [Int] {
            switch depth {
            case 50: [3, 4, 14, 3]
            case 100: [3, 13, 30, 3]
            case 152: [3, 8, 36, 3]
            default: throw .invalid("there are improved ResNets of 50, 100 and 152 layers, not \(depth)")
            }
        }
    }

    private let stem: Convolution
    private let stemNorm: BatchNorm
    private let stemActivation: PReLU
    private let blocks: [IRBottleneck]

    /// Takes the network from a scope.
    /// - Parameters:
    ///   - configuration: depth and form.
    ///   - scope: where `input_layer` and `body` are.
    ///   - inputs: channels of the image.
    public init(
        _ configuration: Configuration = Configuration(), in scope: ParameterScope, inputs: Int = 3
    ) throws(LayerError) {
        let first = scope.scope("input_layer")
        stem = try Convolution(in: first.scope("0"), inputs: inputs, outputs: 64, hasBias: false)
        stemNorm = try BatchNorm(in: first.scope("1"), channels: 64)
        stemActivation = try PReLU(in: first.scope("2"), channels: 64)
        var blocks: [IRBottleneck] = []
        var channels = 64
        for (count, outputs) in zip(try configuration.stages(), [64, 128, 256, 512]) {
            for index in 0..<count {
                blocks.append(
                    try IRBottleneck(
                        in: scope.scope("body").scope("\(blocks.count)"), inputs: channels, outputs: outputs,
                        stride: index == 0 ? 2 : 1, excites: configuration.excites))
                channels = outputs
            }
        }
        self.blocks = blocks
    }

    /// Number of blocks.
    public var blockCount: Int { blocks.count }

    /// Images [N, C, H, W] to features [N, 512, H/16, W/16].
    public func callAsFunction(_ images: Tensor, training: Bool = false) throws(TorchError) -> Tensor {
        try features(images, after: [blocks.count - 1], training: training)[0]
    }

    /// What leaves the blocks numbered `places`, in that order, which must rise.
    public func features(
        _ images: Tensor, after places: [Int], training: Bool = false
    ) throws(TorchError) -> [Tensor] {
        var found: [Tensor] = []
        var x = try stemActivation(stemNorm(stem(images), training: training))
        for (index, block) in blocks.enumerated() where index <= (places.last ?? -1) {
            x = try block(x, training: training)
            if places.contains(index) { found.append(x) }
        }
        guard found.count == places.count else {
            throw TorchError(operation: "backbone", message: "there are \(blocks.count) blocks; asked for \(places)")
        }
        return found
    }
}
