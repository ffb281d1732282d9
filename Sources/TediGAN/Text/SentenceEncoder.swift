public import Layers
public import Torch

/// The DAMSM text encoder: word embedding and a bidirectional LSTM.
///
/// Tensors: `encoder.weight` [V, D]; `rnn.weight_ih_l0` and the others of ``LSTM``.
///
/// Source: Xu et al., "AttnGAN", 2018; taoxugit/AttnGAN `RNN_ENCODER`.
public struct SentenceEncoder {
    private let embedding: Tensor
    private let rnn: LSTM
    private let dropout: Double

    /// Takes the network from a scope.
    /// - Parameters:
    ///   - scope: where `encoder` and `rnn` are.
    ///   - vocabularySize: V, with the padding word.
    ///   - embeddingWidth: D.
    ///   - hiddenWidth: width of the sentence's vector, both directions together.
    ///   - layers: how many LSTM layers.
    ///   - bidirectional: whether a second pass reads from the end.
    ///   - dropout: share of the embedding's elements that training leaves out.
    public init(
        in scope: ParameterScope, vocabularySize: Int, embeddingWidth: Int = 300, hiddenWidth: Int = 256,
        layers: Int = 1, bidirectional: Bool = true, dropout: Double = 0.5
    ) throws(LayerError) {
        self.dropout = dropout
        embedding = try scope.scope("encoder").parameter(
            "weight", [vocabularySize, embeddingWidth], .uniform(limit: 0.1))
        rnn = try LSTM(
            in: scope.scope("rnn"), inputs: embeddingWidth, hidden: hiddenWidth / (bidirectional ? 2 : 1),
            layers: layers, bidirectional: bidirectional)
    }

    /// Reads sentences.
    /// - Parameters:
    ///   - ids: word ids [N, T], int64, 0 beyond the sentence's end.
    ///   - lengths: words per sentence, each 1...T; columns beyond the longest are left off.
    ///   - seed: of what training drops out in this step; nil outside training.
    /// - Returns: `words` [N, H, longest], zero beyond each length; `sentence` [N, H], the last states of both directions.
    public func callAsFunction(
        _ ids: Tensor, lengths: [Int], training seed: UInt64? = nil
    ) throws(TorchError) -> (words: Tensor, sentence: Tensor) {
        let longest = lengths.max() ?? 0
        let embedded = try ids.narrow(1, start: 0, length: longest).embedding(embedding).dropout(dropout, seed: seed)
        let (output, hidden) = try rnn(embedded, lengths: lengths)
        return (try output.transposed(1, 2), hidden)
    }
}
