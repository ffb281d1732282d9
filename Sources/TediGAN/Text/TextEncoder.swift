public import Layers
public import Torch

/// E_l: a caption to a W+ code, the space of the generator and of the image encoder.
///
/// A bidirectional LSTM reads the words (``SentenceEncoder``, compatible by name with DAMSM); a dense layer and a
/// mapping network as in StyleGAN carry the sentence's vector over; a dense head makes one row per layer. Trained to
/// meet the image's code: visual-linguistic similarity. The authors published neither the layers behind the LSTM nor
/// weights, so these are of our design.
///
/// Tensors: `encoder.weight`, `rnn.*`, `linear.*`, `mapping.dense{i}.*`, `head.*`.
///
/// Source: Xia et al., "TediGAN", 2021, section 3.2.
public struct TextEncoder {
    /// The sizes.
    public let configuration: TextEncoderConfiguration
    /// The part that reads words.
    public let sentence: SentenceEncoder
    private let linear: EqualizedDense
    private let mapping: [EqualizedDense]
    private let head: EqualizedDense

    /// Takes the encoder from a scope.
    public init(_ configuration: TextEncoderConfiguration, in scope: ParameterScope) throws(LayerError) {
        do {
            try configuration.validate()
        } catch {
            throw .invalid(error.description)
        }
        self.configuration = configuration
        sentence = try SentenceEncoder(
            in: scope, vocabularySize: configuration.vocabularySize, embeddingWidth: configuration.embeddingWidth,
            hiddenWidth: configuration.hiddenWidth, layers: configuration.recurrentLayers,
            dropout: configuration.dropout)
        let width = configuration.mappingWidth
        linear = try EqualizedDense(
            in: scope.scope("linear"), inputs: configuration.hiddenWidth * (configuration.poolsWords ? 2 : 1),
            outputs: width, gain: 2.0.squareRoot())
        mapping = try MappingNetwork.stack(
            in: scope.scope("mapping"), inputs: width, hidden: width, outputs: width,
            count: configuration.mappingLayers, multiplier: configuration.learningRateMultiplier)
        // A head that starts small begins training near the mean code, its bias, rather than at noise.
        head = try EqualizedDense(
            in: scope.scope("head"), inputs: width, outputs: configuration.layers * configuration.wDimension,
            deviation: 0.1)
    }

    /// Captions as word ids to codes [N, L, C].
    /// - Parameters:
    ///   - captions: ids of at least one known word each; none is 0.
    ///   - seed: of what training drops out in this step; nil outside training.
    /// - Throws: `TorchError` for an empty caption or an id beyond the vocabulary.
    public func callAsFunction(_ captions: [[Int]], training seed: UInt64? = nil) throws(TorchError) -> Tensor {
        let (ids, lengths) = try padded(captions)
        let (words, last) = try sentence(ids, lengths: lengths, training: seed)
        var x = last
        if configuration.poolsWords {
            x = try Tensor.cat([last, Self.largest(of: words, lengths: lengths)], axis: 1)
        }
        // As in StyleGAN's own mapping network, only the direction of the vector goes on.
        x = try linear(x).leakyReLU(0.2).pixelNormed()
        x = try head(MappingNetwork.run(mapping, x, activatesLast: true))
        return try x.reshape([captions.count, configuration.layers, configuration.wDimension])
    }

    private func padded(_ captions: [[Int]]) throws(TorchError) -> (ids: Tensor, lengths: [Int]) {
        let lengths = captions.map(\.count)
        guard let longest = lengths.max(), lengths.allSatisfy({ $0 > 0 }) else {
            throw TorchError(operation: "text encoder", message: "every caption needs at least one known word")
        }
        let ids = captions.flatMap { caption in
            caption.map(Int64.init) + [Int64](repeating: 0, count: longest - caption.count)
        }
        let tensor = try Tensor(ids, shape: [captions.count, longest], device: head.device)
        return (tensor, lengths)
    }

    /// The largest state over each caption's own words, [N, H]: the padding of a longer neighbour must not count.
    private static func largest(of words: Tensor, lengths: [Int]) throws(TorchError) -> Tensor {
        let shape = words.shape
        let beyond = lengths.flatMap { length in (0..<shape[2]).map { UInt8($0 < length ? 0 : 1) } }
        let mask = try Tensor(beyond, shape: [shape[0], 1, shape[2]], device: words.device).to(dtype: .bool)
        return try words.maskedFill(mask, -2).amax([2])
    }
}
