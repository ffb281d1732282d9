import Layers
import Torch

/// Doubles the size, then two convolutions with the condition fused in before each, beside a shortcut.
///
/// Tensors: `c1`, `c2`, `fuse1`, `fuse2`, and `c_sc` where the number of channels changes.
struct DFGANBlock {
    private let first: (Fusion, Convolution)
    private let second: (Fusion, Convolution)
    private let shortcut: Convolution?

    init(in scope: ParameterScope, condition: Int, inputs: Int, outputs: Int) throws(LayerError) {
        first = (
            try Fusion(in: scope.scope("fuse1"), condition: condition, channels: inputs),
            try Convolution(in: scope.scope("c1"), inputs: inputs, outputs: outputs)
        )
        second = (
            try Fusion(in: scope.scope("fuse2"), condition: condition, channels: outputs),
            try Convolution(in: scope.scope("c2"), inputs: outputs, outputs: outputs)
        )
        shortcut =
            inputs == outputs
            ? nil : try Convolution(in: scope.scope("c_sc"), inputs: inputs, outputs: outputs, kernelSize: 1)
    }

    /// [N, inputs, H, W] and conditions [N, Y] to [N, outputs, 2H, 2W].
    func callAsFunction(_ x: Tensor, _ condition: Tensor) throws(TorchError) -> Tensor {
        let x = try x.upsampleNearest(2)
        let middle = try first.1(first.0(x, condition))
        let y = try second.1(second.0(middle, condition))
        return try (shortcut.map { layer throws(TorchError) in try layer(x) } ?? x) + y
    }
}

/// Deep fusion: twice, a scale and a shift per channel made from the condition, then a leaky ReLU.
///
/// Tensors: `affine{0, 1}.fc_{gamma, beta}.linear{1, 2}.*`.
private struct Fusion {
    private typealias Perceptron = (Dense, Dense)

    private let affine: [(scale: Perceptron, shift: Perceptron)]

    init(in scope: ParameterScope, condition: Int, channels: Int) throws(LayerError) {
        var affine: [(scale: Perceptron, shift: Perceptron)] = []
        for index in 0..<2 {
            let part = scope.scope("affine\(index)")
            affine.append(
                (
                    scale: try Self.perceptron(part.scope("fc_gamma"), condition, channels),
                    shift: try Self.perceptron(part.scope("fc_beta"), condition, channels)
                ))
        }
        self.affine = affine
    }

    func callAsFunction(_ x: Tensor, _ condition: Tensor) throws(TorchError) -> Tensor {
        var x = x
        for (scale, shift) in affine {
            x = try (x * Self.run(scale, condition) + Self.run(shift, condition)).leakyReLU(0.2)
        }
        return x
    }

    private static func perceptron(
        _ scope: ParameterScope, _ condition: Int, _ channels: Int
    ) throws(LayerError) -> Perceptron {
        (
            try Dense(in: scope.scope("linear1"), inputs: condition, outputs: channels),
            try Dense(in: scope.scope("linear2"), inputs: channels, outputs: channels)
        )
    }

    private static func run(_ layers: Perceptron, _ condition: Tensor) throws(TorchError) -> Tensor {
        try layers.1(layers.0(condition).relu()).unsqueezed(2).unsqueezed(3)
    }
}
