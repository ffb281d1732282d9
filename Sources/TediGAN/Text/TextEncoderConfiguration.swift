/// Sizes of a text encoder.
public struct TextEncoderConfiguration: Sendable, Hashable, Codable {
    /// Words of the vocabulary, with the padding word.
    public var vocabularySize: Int
    /// Width of a word's vector.
    public var embeddingWidth: Int
    /// Width of the sentence's vector: both directions of the LSTM together.
    public var hiddenWidth: Int
    /// Layers of the LSTM.
    public var recurrentLayers: Int
    /// Whether the largest state over all words goes on beside the last ones, so that early words are not forgotten.
    public var poolsWords: Bool
    /// Width of the mapping network.
    public var mappingWidth: Int
    /// Depth of the mapping network.
    public var mappingLayers: Int
    /// λ of the mapping network; see `EqualizedDense`.
    public var learningRateMultiplier: Double
    /// L, rows of a code.
    public var layers: Int
    /// C, width of a row.
    public var wDimension: Int
    /// Share of the embedding's elements that training leaves out.
    public var dropout: Double

    /// Creates a configuration.
    public init(
        vocabularySize: Int, embeddingWidth: Int = 300, hiddenWidth: Int = 256, recurrentLayers: Int = 1,
        poolsWords: Bool = true, mappingWidth: Int = 512, mappingLayers: Int = 8, learningRateMultiplier: Double = 1,
        layers: Int, wDimension: Int, dropout: Double = 0.5
    ) {
        self.vocabularySize = vocabularySize
        self.embeddingWidth = embeddingWidth
        self.hiddenWidth = hiddenWidth
        self.recurrentLayers = recurrentLayers
        self.poolsWords = poolsWords
        self.mappingWidth = mappingWidth
        self.mappingLayers = mappingLayers
        self.learningRateMultiplier = learningRateMultiplier
        self.layers = layers
        self.wDimension = wDimension
        self.dropout = dropout
    }

    /// Checks every size against its limits.
    ///
    /// - Throws: ``TediGANError/invalid(_:)`` naming the first value out of range.
    public func validate() throws(TediGANError) {
        let sizes = [
            ("vocabularySize", vocabularySize, 1...1_000_000), ("embeddingWidth", embeddingWidth, 1...8192),
            ("hiddenWidth", hiddenWidth, 2...8192), ("recurrentLayers", recurrentLayers, 1...8),
            ("mappingWidth", mappingWidth, 1...8192), ("mappingLayers", mappingLayers, 0...64),
            ("layers", layers, 1...64), ("wDimension", wDimension, 1...8192),
        ]
        for (name, value, range) in sizes where !range.contains(value) {
            throw .invalid("text encoder: \(name) is \(value); it must be in \(range)")
        }
        guard hiddenWidth % 2 == 0 else { throw .invalid("text encoder: hiddenWidth must be even") }
        guard (0..<1).contains(dropout) else { throw .invalid("text encoder: dropout must be in 0..<1") }
        guard learningRateMultiplier > 0, learningRateMultiplier <= 1 else {
            throw .invalid("text encoder: learningRateMultiplier must be above 0 and at most 1")
        }
    }
}
