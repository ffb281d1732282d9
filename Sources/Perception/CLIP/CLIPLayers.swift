import Layers
import Torch

/// A dense layer.
///
/// Tensors: `weight` [outputs, inputs], `bias` [outputs].
struct CLIPDense {
    let weight: Tensor
    let bias: Tensor

    init(in scope: ParameterScope, inputs: Int, outputs: Int, deviation: Double) throws(LayerError) {
        weight = try scope.parameter("weight", [outputs, inputs], .normal(deviation: deviation))
        bias = try scope.parameter("bias", [outputs], .zeros)
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor { try x.linear(weight, bias) }
}

/// Layer normalisation over the last axis.
///
/// Tensors: `weight`, `bias` [width].
struct CLIPNorm {
    private let weight: Tensor
    private let bias: Tensor

    init(in scope: ParameterScope, width: Int) throws(LayerError) {
        weight = try scope.parameter("weight", [width], .ones)
        bias = try scope.parameter("bias", [width], .zeros)
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor { try x.layerNorm(weight, bias, epsilon: 1e-5) }
}

extension Tensor {
    /// x · σ(1.702 x), the approximation of GELU that CLIP was trained with.
    func quickGELU() throws(TorchError) -> Tensor { try self * (self * 1.702).sigmoid() }

    /// [N, T, heads · d] to [N, heads, T, d].
    func splitHeads(_ heads: Int) throws(TorchError) -> Tensor {
        try reshape([shape[0], shape[1], heads, shape[2] / heads]).transposed(1, 2)
    }

    /// [N, heads, T, d] to [N, T, heads · d].
    func joinedHeads() throws(TorchError) -> Tensor {
        try transposed(1, 2).reshape([shape[0], shape[2], shape[1] * shape[3]])
    }
}
