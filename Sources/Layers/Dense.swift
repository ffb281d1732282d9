public import Torch

/// A plain dense layer: y = W x + b.
///
/// Tensors: `weight` [outputs, inputs], `bias` [outputs] where there is one.
public struct Dense {
    private let weight: Tensor
    private let bias: Tensor?

    /// Takes the layer from a scope.
    /// - Parameters:
    ///   - scope: where the tensors are.
    ///   - inputs: width of the input.
    ///   - outputs: width of the output.
    ///   - hasBias: whether there is a bias.
    public init(in scope: ParameterScope, inputs: Int, outputs: Int, hasBias: Bool = true) throws(LayerError) {
        weight = try scope.parameter(
            "weight", [outputs, inputs], .normal(deviation: 1 / Double(max(1, inputs)).squareRoot()))
        bias = hasBias ? try scope.parameter("bias", [outputs], .zeros) : nil
    }

    /// [..., inputs] to [..., outputs].
    public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor { try x.linear(weight, bias) }
}
