public import Torch

/// An LSTM over sentences of different lengths, bidirectional and of one layer by default.
///
/// Tensors, per layer k and direction: `weight_ih_lk` [4H, D], `weight_hh_lk` [4H, H], `bias_ih_lk`, `bias_hh_lk`
/// [4H], with `_reverse` for the backward direction; gates in the order input, forget, cell, output.
public struct LSTM {
    private let weights: [Tensor]
    private let layers: Int
    private let bidirectional: Bool

    /// Takes the layer from a scope.
    /// - Parameters:
    ///   - scope: where the tensors are.
    ///   - inputs: D.
    ///   - hidden: H, units per direction.
    ///   - layers: how many layers.
    ///   - bidirectional: whether a second pass reads from the end.
    public init(
        in scope: ParameterScope, inputs: Int, hidden: Int, layers: Int = 1, bidirectional: Bool = true
    ) throws(LayerError) {
        let suffixes = bidirectional ? ["", "_reverse"] : [""]
        let initializer = Initializer.uniform(limit: 1 / Double(hidden).squareRoot())
        var weights: [Tensor] = []
        for layer in 0..<layers {
            let width = layer == 0 ? inputs : suffixes.count * hidden
            for suffix in suffixes {
                weights.append(try scope.parameter("weight_ih_l\(layer)\(suffix)", [4 * hidden, width], initializer))
                weights.append(try scope.parameter("weight_hh_l\(layer)\(suffix)", [4 * hidden, hidden], initializer))
                weights.append(try scope.parameter("bias_ih_l\(layer)\(suffix)", [4 * hidden], initializer))
                weights.append(try scope.parameter("bias_hh_l\(layer)\(suffix)", [4 * hidden], initializer))
            }
        }
        self.weights = weights
        self.layers = layers
        self.bidirectional = bidirectional
    }

    /// Reads sentences.
    /// - Parameters:
    ///   - x: [N, T, D].
    ///   - lengths: how many of the T steps each sentence has, 1...T.
    /// - Returns: `output` [N, T, 2H] (H in one direction), zero beyond each length; `hidden` [N, 2H], the last states of
    ///   both directions.
    public func callAsFunction(
        _ x: Tensor, lengths: [Int]
    ) throws(TorchError) -> (output: Tensor, hidden: Tensor) {
        try x.lstm(lengths: lengths, weights: weights, layers: layers, bidirectional: bidirectional)
    }
}
