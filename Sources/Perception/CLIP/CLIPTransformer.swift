import Layers
import Torch

/// A stack of attention blocks; each adds attention and then a dense network to its input, both after a layer norm.
///
/// Tensors, for each block under `resblocks.{i}`: `attn.in_proj_weight` [3W, W] and `attn.in_proj_bias` [3W] of query,
/// key and value; `attn.out_proj.*`; `ln_1.*`, `ln_2.*`; `mlp.c_fc.*` [4W, W], `mlp.c_proj.*` [W, 4W].
struct CLIPTransformer {
    private let blocks: [Block]

    init(in scope: ParameterScope, width: Int, layers: Int, heads: Int) throws(LayerError) {
        let list = scope.scope("resblocks")
        var blocks: [Block] = []
        for index in 0..<layers {
            blocks.append(try Block(in: list.scope("\(index)"), width: width, layers: layers, heads: heads))
        }
        self.blocks = blocks
    }

    /// [N, T, W] to the same shape.
    /// - Parameters:
    ///   - tokens: T tokens of width W.
    ///   - causal: whether a token sees only those up to itself.
    func callAsFunction(_ tokens: Tensor, causal: Bool) throws(TorchError) -> Tensor {
        var x = tokens
        for block in blocks { x = try block(x, causal: causal) }
        return x
    }

    private struct Block {
        let heads: Int
        let inWeight: Tensor
        let inBias: Tensor
        let out: CLIPDense
        let first: CLIPNorm
        let second: CLIPNorm
        let widening: CLIPDense
        let narrowing: CLIPDense

        init(in scope: ParameterScope, width: Int, layers: Int, heads: Int) throws(LayerError) {
            self.heads = heads
            let (attention, network) = (scope.scope("attn"), scope.scope("mlp"))
            let deviation = 1 / Double(width).squareRoot()
            // 2 · layers sums on the way through: each adds its share of the variance.
            let last = deviation / Double(2 * layers).squareRoot()
            inWeight = try attention.parameter("in_proj_weight", [3 * width, width], .normal(deviation: deviation))
            inBias = try attention.parameter("in_proj_bias", [3 * width], .zeros)
            out = try CLIPDense(in: attention.scope("out_proj"), inputs: width, outputs: width, deviation: last)
            first = try CLIPNorm(in: scope.scope("ln_1"), width: width)
            second = try CLIPNorm(in: scope.scope("ln_2"), width: width)
            widening = try CLIPDense(
                in: network.scope("c_fc"), inputs: width, outputs: 4 * width, deviation: deviation / 2.0.squareRoot())
            narrowing = try CLIPDense(in: network.scope("c_proj"), inputs: 4 * width, outputs: width, deviation: last)
        }

        func callAsFunction(_ x: Tensor, causal: Bool) throws(TorchError) -> Tensor {
            let parts = try first(x).linear(inWeight, inBias).chunk(3, axis: 2)
            let attended = try Tensor.attention(
                query: parts[0].splitHeads(heads), key: parts[1].splitHeads(heads), value: parts[2].splitHeads(heads),
                causal: causal)
            let middle = try x + out(attended.joinedHeads())
            return try middle + narrowing(widening(second(middle)).quickGELU())
        }
    }
}
