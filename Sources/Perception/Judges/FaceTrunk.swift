package import Layers
package import Torch

/// Blocks of 3x3 convolution, batch normalisation and leaky ReLU that bring a picture down to a grid of 4x4, and a dense
/// head that sees the whole grid, since most of an aligned face is a matter of place.
///
/// Tensors: `block{i}.conv.weight`, `block{i}.bn.*`, `head.weight` [O, 16 C], `head.bias` [O].
package struct FaceTrunk {
    private let convolutions: [Tensor]
    private let norms: [BatchNorm]
    private let strides: [Int]
    private let weight: Tensor
    private let bias: Tensor
    private let dropout: Double
    /// C, channels of the grid.
    package let channels: Int

    /// Takes the blocks from a scope.
    /// - Parameters:
    ///   - scope: where the tensors are.
    ///   - size: side of the pictures, a power of two of at least 16.
    ///   - width: channels of the first block of stride 2; doubled up to four times as many.
    ///   - beginsFine: whether a block of stride 1 and of `width` channels stands before them.
    ///   - outputs: O, what the head tells.
    ///   - dropout: share of the grid that the head does not see in training.
    package init(
        in scope: ParameterScope, size: Int, width: Int, beginsFine: Bool = false, outputs: Int, dropout: Double
    ) throws(LayerError) {
        var convolutions: [Tensor] = []
        var norms: [BatchNorm] = []
        let halvings = max(2, size.trailingZeroBitCount - 2)
        let widths = (beginsFine ? [width] : []) + (0..<halvings).map { min(width << $0, 4 * width) }
        var inputs = 3
        for (block, outputs) in widths.enumerated() {
            let inside = scope.scope("block\(block)")
            let limit = (6 / Double(inputs * 9)).squareRoot()
            convolutions.append(
                try inside.scope("conv").parameter("weight", [outputs, inputs, 3, 3], .uniform(limit: limit)))
            norms.append(try BatchNorm(in: inside.scope("bn"), channels: outputs))
            inputs = outputs
        }
        let last = inputs * 16
        weight = try scope.scope("head").parameter(
            "weight", [outputs, last], .uniform(limit: 1 / Double(last).squareRoot()))
        bias = try scope.scope("head").parameter("bias", [outputs], .zeros)
        (self.convolutions, self.norms, self.dropout, channels) = (convolutions, norms, dropout, inputs)
        strides = (beginsFine ? [1] : []) + [Int](repeating: 2, count: halvings)
    }

    /// Pictures [N, 3, size, size] in [-1, 1] to what the head tells of them, [N, O].
    ///
    /// - Parameter seed: of what training drops out in this step; nil outside training.
    package func callAsFunction(_ pictures: Tensor, training seed: UInt64? = nil) throws(TorchError) -> Tensor {
        let grid = try blocks(pictures, training: seed != nil).last ?? pictures
        return try grid.flattened(from: 1).dropout(dropout, seed: seed).linear(weight, bias)
    }

    /// What leaves each block, from the finest to the grid [N, C, 4, 4].
    package func blocks(_ pictures: Tensor, training: Bool = false) throws(TorchError) -> [Tensor] {
        var made: [Tensor] = []
        for block in convolutions.indices {
            let x = try (made.last ?? pictures).conv2d(convolutions[block], stride: strides[block], padding: 1)
            made.append(try norms[block](x, training: training).leakyReLU(0.2))
        }
        return made
    }
}
