public import Layers
public import Torch

/// A small convolutional network from pictures to attributes: the judge of evaluations.
///
/// It is trained on rendered faces alone and never takes part in training a pack. Blocks of convolution of stride 2,
/// batch normalisation and leaky ReLU down to a grid of 4x4, then a dense head that sees the whole grid, since most
/// attributes of an aligned face are a matter of place.
///
/// Tensors: `block{i}.conv.weight`, `block{i}.bn.*`, `head.weight` [A, 16 C], `head.bias` [A].
public struct AttributeClassifier {
    private let convolutions: [Tensor]
    private let norms: [BatchNorm]
    private let weight: Tensor
    private let bias: Tensor
    /// Side of the pictures in pixels.
    public let size: Int
    /// F, the width of ``features(_:)``: 512 for pictures of 64 pixels.
    public let featureWidth: Int

    /// Takes the network from a scope.
    /// - Parameters:
    ///   - scope: where the tensors are.
    ///   - size: side of the pictures, a power of two of at least 16.
    ///   - attributes: number of outputs.
    ///   - width: channels of the first block; doubled up to four times as many.
    public init(in scope: ParameterScope, size: Int, attributes: Int, width: Int = 32) throws(LayerError) {
        self.size = size
        var convolutions: [Tensor] = []
        var norms: [BatchNorm] = []
        var inputs = 3
        for block in 0..<max(2, size.trailingZeroBitCount - 2) {
            let outputs = min(width << block, 4 * width)
            let inside = scope.scope("block\(block)")
            let limit = (6 / Double(inputs * 9)).squareRoot()
            convolutions.append(
                try inside.scope("conv").parameter("weight", [outputs, inputs, 3, 3], .uniform(limit: limit)))
            norms.append(try BatchNorm(in: inside.scope("bn"), channels: outputs))
            inputs = outputs
        }
        featureWidth = 4 * inputs
        let last = inputs * 16
        weight = try scope.scope("head").parameter(
            "weight", [attributes, last], .uniform(limit: 1 / Double(last).squareRoot()))
        bias = try scope.scope("head").parameter("bias", [attributes], .zeros)
        (self.convolutions, self.norms) = (convolutions, norms)
    }

    /// Pictures [N, 3, size, size] in [-1, 1] to logits [N, A]; above 0 the attribute is seen.
    public func callAsFunction(_ pictures: Tensor, training: Bool = false) throws(TorchError) -> Tensor {
        try grid(pictures, training: training).flattened(from: 1).dropout(0.2, training: training).linear(weight, bias)
    }

    /// What leaves each block: [N, C, size / 2, size / 2] first, [N, C, 4, 4] last.
    public func activations(_ pictures: Tensor) throws(TorchError) -> [Tensor] {
        var made: [Tensor] = []
        for block in convolutions.indices { made.append(try run(block, made.last ?? pictures, training: false)) }
        return made
    }

    /// Pictures [N, 3, size, size] to features [N, F]: what the head is given, as means of 2x2 of its 4x4 places.
    ///
    /// The whole grid has four times as many numbers, more than the faces that are compared; the mean over all of it
    /// would not know left from right.
    public func features(_ pictures: Tensor) throws(TorchError) -> Tensor {
        try grid(pictures, training: false).averagePool2d(2).flattened(from: 1)
    }

    private func grid(_ pictures: Tensor, training: Bool) throws(TorchError) -> Tensor {
        var x = pictures
        for block in convolutions.indices { x = try run(block, x, training: training) }
        return x
    }

    private func run(_ block: Int, _ x: Tensor, training: Bool) throws(TorchError) -> Tensor {
        try norms[block](x.conv2d(convolutions[block], stride: 2, padding: 1), training: training).leakyReLU(0.2)
    }
}
