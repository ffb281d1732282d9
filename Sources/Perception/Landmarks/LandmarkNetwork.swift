public import Layers
public import Torch

/// A small network that finds the five points of a face in a square picture, and says whether there is one.
///
/// Nobody published it; it is ours. Five blocks of convolution lead down from 64 to 4 pixels, two lead up again to 16
/// and see what lay beside them on the way down. Each point is the mean place of a map of probabilities over the 16 x 16
/// cells, which is finer than a cell (integral regression; Sun et al., "Integral human pose regression", 2018).
///
/// Tensors: `stem`, `down1` ... `down4`, `up3`, `up2`, each with `conv.weight` and `bn.*`; `heat.weight`
/// [5, 3 width, 1, 1], `heat.bias`; `presence.weight` [1, 6 width], `presence.bias`; the buffer `frame` [2]: reach and
/// drop of the frame that the pack's faces stand in.
public struct LandmarkNetwork {
    /// Height and width of the pictures, in pixels.
    public static let side = 64

    /// How many points are found: both eyes, the tip of the nose, both corners of the mouth.
    public static let points = 5

    /// Cells of a map along each axis.
    static let cells = 16

    /// Reach and drop of the frame that the pack's faces stand in.
    public let frame: Tensor
    private let stem: Block
    private let down: [Block]
    private let up: [Block]
    private let heat: Convolution
    private let presence: Dense

    /// What the network says of N pictures.
    public struct Reading {
        /// Places [N, 5, 2], x and y as parts of the picture's side: 0 is its left or upper edge.
        public let places: Tensor
        /// Mean square distance [N, 5] of the map's probability from each place: how unsure the network is.
        public let spread: Tensor
        /// Logits [N]; above 0 there is a face.
        public let presence: Tensor
    }

    /// Takes the network from a scope.
    /// - Parameters:
    ///   - scope: where the tensors are.
    ///   - width: channels of the first block, 1...256.
    public init(in scope: ParameterScope, width: Int = 16) throws(LayerError) {
        guard (1...256).contains(width) else { throw .invalid("the landmark network's width is \(width), not 1...256") }
        stem = try Block(in: scope.scope("stem"), 3, width)
        down = [
            try Block(in: scope.scope("down1"), width, 2 * width, stride: 2),
            try Block(in: scope.scope("down2"), 2 * width, 3 * width, stride: 2),
            try Block(in: scope.scope("down3"), 3 * width, 4 * width, stride: 2),
            try Block(in: scope.scope("down4"), 4 * width, 6 * width, stride: 2),
        ]
        up = [
            try Block(in: scope.scope("up3"), 10 * width, 4 * width),
            try Block(in: scope.scope("up2"), 7 * width, 3 * width),
        ]
        heat = try Convolution(
            in: scope.scope("heat"), inputs: 3 * width, outputs: Self.points, kernelSize: 1, padding: 0)
        presence = try Dense(in: scope.scope("presence"), inputs: 6 * width, outputs: 1)
        frame = try scope.buffer("frame", [2], .zeros)
    }

    /// Reads pictures [N, 3, 64, 64] in -1...1.
    /// - Parameter training: whether the norms use the batch's statistics.
    public func callAsFunction(_ pictures: Tensor, training: Bool = false) throws(TorchError) -> Reading {
        var levels: [Tensor] = []
        var x = try stem(pictures, training)
        for block in down {
            x = try block(x, training)
            levels.append(x)
        }
        let logits = try presence(x.mean([2, 3])).reshape([x.shape[0]])
        for (block, beside) in zip(up, [levels[2], levels[1]]) {
            x = try block(Tensor.cat([x.upsampleNearest(2), beside], axis: 1), training)
        }
        return try reading(maps: heat(x), presence: logits)
    }

    /// The mean places of maps [N, 5, 16, 16], and how far the probability lies from them.
    private func reading(maps: Tensor, presence: Tensor) throws(TorchError) -> Reading {
        let count = maps.shape[0]
        let cells = Self.cells
        let chances = try maps.reshape([count * Self.points, cells * cells]).softmax(1)
        // Of each cell: x, y and their squares' sum.
        var grid: [Float] = []
        for row in 0..<cells {
            for column in 0..<cells {
                let (x, y) = ((Float(column) + 0.5) / Float(cells), (Float(row) + 0.5) / Float(cells))
                grid += [x, y, x * x + y * y]
            }
        }
        let moments = try chances.matmul(
            Tensor(grid, shape: [cells * cells, 3]).to(dtype: maps.dtype, device: maps.device))
        let places = try moments.narrow(1, start: 0, length: 2)
        let spread = try moments.narrow(1, start: 2, length: 1) - places.square().sum([1], keepDims: true)
        return try Reading(
            places: places.reshape([count, Self.points, 2]), spread: spread.reshape([count, Self.points]),
            presence: presence)
    }

    /// Convolution, normalisation, leaky ReLU.
    private struct Block {
        let convolution: Convolution
        let norm: BatchNorm

        init(in scope: ParameterScope, _ inputs: Int, _ outputs: Int, stride: Int = 1) throws(LayerError) {
            convolution = try Convolution(
                in: scope.scope("conv"), inputs: inputs, outputs: outputs, stride: stride, hasBias: false)
            norm = try BatchNorm(in: scope.scope("bn"), channels: outputs)
        }

        func callAsFunction(_ x: Tensor, _ training: Bool) throws(TorchError) -> Tensor {
            try norm(convolution(x), training: training).leakyReLU(0.1)
        }
    }
}
