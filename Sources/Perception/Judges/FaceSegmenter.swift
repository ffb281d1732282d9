public import Layers
public import Torch

/// A small U-Net from pictures to the regions of a face: a judge of what sketches and label maps become.
///
/// Like ``AttributeClassifier`` it is trained on rendered faces alone and never takes part in training a pack. Three
/// halvings by convolutions of stride 2, then three doublings, each joined with what had that size on the way down.
///
/// Tensors: `down{0...3}`, `middle` and `up{2...0}`, each `.conv.weight` and `.bn.*`; `head.weight` [R, width, 1, 1],
/// `head.bias` [R].
///
/// Source: Ronneberger et al., "U-Net", 2015, with fewer and narrower levels.
public struct FaceSegmenter {
    /// How often the size is halved.
    static let halvings = 3

    private let down: [Block]
    private let middle: Block
    private let up: [Block]
    private let head: Convolution
    /// Side of the pictures in pixels.
    public let size: Int

    /// Takes the network from a scope.
    /// - Parameters:
    ///   - scope: where the tensors are.
    ///   - size: side of the pictures, a multiple of 8 of at least 16.
    ///   - regions: R, number of outputs.
    ///   - width: channels at full size; doubled up to four times as many.
    public init(
        in scope: ParameterScope, size: Int, regions: Int, width: Int = 16
    ) throws(LayerError) {
        guard size >= 16, size % (1 << Self.halvings) == 0 else {
            throw .invalid("a segmenter sees pictures whose side is a multiple of 8 from 16 on, not \(size)")
        }
        self.size = size
        let widths = (0...Self.halvings).map { min(width << $0, 4 * width) }
        var down: [Block] = []
        for level in widths.indices {
            down.append(
                try Block(
                    in: scope.scope("down\(level)"), inputs: level == 0 ? 3 : widths[level - 1],
                    outputs: widths[level], stride: level == 0 ? 1 : 2))
        }
        middle = try Block(
            in: scope.scope("middle"), inputs: widths[Self.halvings], outputs: widths[Self.halvings], stride: 1)
        var up: [Block] = []
        for level in widths.indices.dropLast().reversed() {
            up.append(
                try Block(
                    in: scope.scope("up\(level)"), inputs: widths[level] + widths[level + 1], outputs: widths[level],
                    stride: 1))
        }
        head = try Convolution(in: scope.scope("head"), inputs: width, outputs: regions, kernelSize: 1)
        (self.down, self.up) = (down, up)
    }

    /// Pictures [N, 3, size, size] in [-1, 1] to logits [N, R, size, size]; the largest is the region of a pixel.
    public func callAsFunction(_ pictures: Tensor, training: Bool = false) throws(TorchError) -> Tensor {
        var levels: [Tensor] = []
        for block in down { levels.append(try block(levels.last ?? pictures, training: training)) }
        var x = try middle(levels[Self.halvings], training: training)
        for (block, level) in zip(up, levels.dropLast().reversed()) {
            x = try block(Tensor.cat([level, x.upsampleNearest(2)], axis: 1), training: training)
        }
        return try head(x)
    }

    /// Convolution of 3x3, batch normalisation, leaky ReLU.
    private struct Block {
        private let convolution: Tensor
        private let norm: BatchNorm
        private let stride: Int

        init(in scope: ParameterScope, inputs: Int, outputs: Int, stride: Int) throws(LayerError) {
            let limit = (6 / Double(inputs * 9)).squareRoot()
            convolution = try scope.scope("conv").parameter(
                "weight", [outputs, inputs, 3, 3], .uniform(limit: limit))
            norm = try BatchNorm(in: scope.scope("bn"), channels: outputs)
            self.stride = stride
        }

        func callAsFunction(_ x: Tensor, training: Bool) throws(TorchError) -> Tensor {
            try norm(x.conv2d(convolution, stride: stride, padding: 1), training: training).leakyReLU(0.2)
        }
    }
}
