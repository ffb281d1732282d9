public import Torch

/// The block of the inversion encoder: two 3x3 convolutions beside a shortcut, each followed by batch normalisation
/// and leaky ReLU; nothing after the sum.
///
/// Tensors: `conv1.weight` [h, i, 3, 3], `wscale1.bias` [h], `bn1.bn.*`, `conv2.weight` [o, h, 3, 3], `wscale2.bias`
/// [o], `bn2.bn.*` with h = min(i, o); where i ≠ o also `conv.weight` [o, i, 1, 1] and `bn.bn.*` of the shortcut.
///
/// Source: genforce/idinvert_pytorch, `stylegan_encoder_network.py`, with its learning rates not equalised.
public struct ResidualBlock {
    private let first: (weight: Tensor, bias: Tensor, norm: BatchNorm)
    private let second: (weight: Tensor, bias: Tensor, norm: BatchNorm)
    private let shortcut: (weight: Tensor, norm: BatchNorm)?

    /// Takes the layer from a scope.
    public init(in scope: ParameterScope, inputs: Int, outputs: Int) throws(LayerError) {
        let hidden = min(inputs, outputs)
        if inputs != outputs {
            shortcut = (
                try scope.scope("conv").parameter(
                    "weight", [outputs, inputs, 1, 1], .normal(deviation: heDeviation(inputs))),
                try BatchNorm(in: scope.scope("bn").scope("bn"), channels: outputs)
            )
        } else {
            shortcut = nil
        }
        first = try Self.convolution(1, in: scope, inputs: inputs, outputs: hidden)
        second = try Self.convolution(2, in: scope, inputs: hidden, outputs: outputs)
    }

    /// [N, inputs, H, W] to [N, outputs, H, W].
    public func callAsFunction(_ x: Tensor, training: Bool) throws(TorchError) -> Tensor {
        var y = try x.conv2d(first.weight, first.bias, padding: 1)
        y = try first.norm(y, training: training).leakyReLU(0.2)
        y = try y.conv2d(second.weight, second.bias, padding: 1)
        y = try second.norm(y, training: training).leakyReLU(0.2)
        guard let shortcut else { return try y + x }
        let aside = try shortcut.norm(x.conv2d(shortcut.weight), training: training).leakyReLU(0.2)
        return try y + aside
    }

    private static func convolution(
        _ number: Int, in scope: ParameterScope, inputs: Int, outputs: Int
    ) throws(LayerError) -> (weight: Tensor, bias: Tensor, norm: BatchNorm) {
        (
            try scope.scope("conv\(number)").parameter(
                "weight", [outputs, inputs, 3, 3], .normal(deviation: heDeviation(inputs * 9))),
            try scope.scope("wscale\(number)").parameter("bias", [outputs], .zeros),
            try BatchNorm(in: scope.scope("bn\(number)").scope("bn"), channels: outputs)
        )
    }
}

/// The deviation of new weights that keeps the variance through a leaky ReLU of slope 0.2 (He et al., 2015).
public func heDeviation(_ fanIn: Int) -> Double { (2 / (1.04 * Double(max(1, fanIn)))).squareRoot() }
