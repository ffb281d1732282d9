public import Torch

/// The block of the inversion encoder: two 3x3 convolutions beside a shortcut, each followed by batch normalisation
/// and leaky ReLU; nothing after the sum.
///
/// Tensors: `conv1.weight` [h, i, 3, 3], `wscale1.bias` [h], `bn1.bn.*`, `conv2.weight` [o, h, 3, 3], `wscale2.bias`
/// [o], `bn2.bn.*` with h = min(i, o); where i ≠ o also `conv.weight` [o, i, 1, 1] and `bn.bn.*` of the shortcut.
///
/// Source: genforce/idinvert_pytorch, `stylegan_encoder_network.py`, with its learning rates not equalised.
public struct ResidualBlock {
    /// A convolution, a bias of its own, and batch normalisation; folded into one where the network is only run.
    private struct Branch {
        var convolution: Convolution
        let bias: Tensor?
        var norm: BatchNorm?

        func callAsFunction(_ x: Tensor, training: Bool) throws(TorchError) -> Tensor {
            guard let norm else { return try convolution.activated(x, slope: 0.2) }
            var y = try convolution(x)
            if let bias { y = try y + bias.reshape([1, bias.count, 1, 1]) }
            return try norm(y, training: training).leakyReLU(0.2)
        }

        func frozen(side: Int) throws(TorchError) -> Branch {
            var copy = self
            copy.convolution = try convolution.frozen(into: norm, extraBias: bias, side: side)
            copy.norm = nil
            return copy
        }
    }

    private var first: Branch
    private var second: Branch
    private var shortcut: Branch?

    /// Takes the layer from a scope.
    public init(in scope: ParameterScope, inputs: Int, outputs: Int) throws(LayerError) {
        let hidden = min(inputs, outputs)
        if inputs != outputs {
            shortcut = Branch(
                convolution: try Convolution(
                    in: scope.scope("conv"), inputs: inputs, outputs: outputs, kernelSize: 1, hasBias: false),
                bias: nil, norm: try BatchNorm(in: scope.scope("bn").scope("bn"), channels: outputs))
        }
        first = try Self.branch(1, in: scope, inputs: inputs, outputs: hidden)
        second = try Self.branch(2, in: scope, inputs: hidden, outputs: outputs)
    }

    /// [N, inputs, H, W] to [N, outputs, H, W].
    public func callAsFunction(_ x: Tensor, training: Bool) throws(TorchError) -> Tensor {
        let y = try second(first(x, training: training), training: training)
        guard let shortcut else { return try y + x }
        return try y + shortcut(x, training: training)
    }

    /// The block with its normalisations folded into the convolutions, for a network that is only run on images of
    /// height `side` here.
    public func frozen(side: Int) throws(TorchError) -> ResidualBlock {
        var copy = self
        copy.first = try first.frozen(side: side)
        copy.second = try second.frozen(side: side)
        copy.shortcut = try shortcut.map { branch throws(TorchError) in try branch.frozen(side: side) }
        return copy
    }

    private static func branch(
        _ number: Int, in scope: ParameterScope, inputs: Int, outputs: Int
    ) throws(LayerError) -> Branch {
        Branch(
            convolution: try Convolution(
                in: scope.scope("conv\(number)"), inputs: inputs, outputs: outputs, hasBias: false),
            bias: try scope.scope("wscale\(number)").parameter("bias", [outputs], .zeros),
            norm: try BatchNorm(in: scope.scope("bn\(number)").scope("bn"), channels: outputs))
    }
}

/// The deviation of new weights that keeps the variance through a leaky ReLU of slope 0.2 (He et al., 2015).
public func heDeviation(_ fanIn: Int) -> Double { (2 / (1.04 * Double(max(1, fanIn)))).squareRoot() }
