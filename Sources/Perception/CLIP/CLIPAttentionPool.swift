import Layers
import Torch

/// Attention from the mean of an image's places to all of them and itself.
///
/// Tensors: `positional_embedding` [1 + side², W]; `q_proj.*`, `k_proj.*`, `v_proj.*` [W, W]; `c_proj.*` [D, W].
struct CLIPAttentionPool {
    private let heads: Int
    private let positions: Tensor
    private let query: CLIPDense
    private let key: CLIPDense
    private let value: CLIPDense
    private let out: CLIPDense

    init(in scope: ParameterScope, side: Int, width: Int, heads: Int, outputs: Int) throws(LayerError) {
        self.heads = heads
        let deviation = 1 / Double(width).squareRoot()
        func dense(_ name: String, _ outputs: Int) throws(LayerError) -> CLIPDense {
            try CLIPDense(in: scope.scope(name), inputs: width, outputs: outputs, deviation: deviation)
        }
        positions = try scope.parameter(
            "positional_embedding", [side * side + 1, width], .normal(deviation: deviation))
        key = try dense("k_proj", width)
        query = try dense("q_proj", width)
        value = try dense("v_proj", width)
        out = try dense("c_proj", outputs)
    }

    /// [N, W, side, side] to [N, D].
    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        let places = try x.flattened(from: 2).transposed(1, 2)
        let tokens = try Tensor.cat([places.mean([1], keepDims: true), places], axis: 1) + positions
        let attended = try Tensor.attention(
            query: query(tokens.narrow(1, start: 0, length: 1)).splitHeads(heads), key: key(tokens).splitHeads(heads),
            value: value(tokens).splitHeads(heads))
        return try out(attended.joinedHeads()).select(1, index: 0)
    }
}
