import Captions
public import Layers
import TediGAN
public import Torch

/// Visual-linguistic similarity learning: trains the text encoder to meet the code of the captioned face.
///
/// The loss is ``VisualLinguisticSimilarity`` of the two codes, the distance in units of the codes' variance; in the
/// optimum the text's code is the mean code of the faces that the caption fits. Where the directions of what a caption
/// names are known, these count besides, by ``emphasis``; and the ranking within a batch by ``Recipe/textRanking``.
///
/// Source: Xia et al., "TediGAN", 2021, section 3.2.
public final class TextEncoderTraining: TrainingTask {
    /// `text-encoder`.
    public let name = "text-encoder"
    /// Length, batch, step size.
    public let schedule: Recipe.Schedule
    /// The weights being trained.
    public let store: ParameterStore
    /// Their average.
    public let average: ParameterStore
    /// The words that it learns.
    public var notes: [String: String] { ["vocabulary": pairs.vocabulary.words.joined(separator: "\n")] }
    private let network: TextEncoder
    private let smooth: TextEncoder
    private let pairs: any TextPairs
    private let tokenizer = CaptionTokenizer()
    private let similarity: VisualLinguisticSimilarity
    private let ranking: Double
    /// Weight of what is named beside that of the whole code.
    static let emphasis = 1.0

    /// A fresh text encoder over the pairs' vocabulary.
    init(_ recipe: Recipe, pairs: any TextPairs) throws {
        schedule = recipe.text
        self.pairs = pairs
        similarity = try VisualLinguisticSimilarity()
        ranking = recipe.textRanking
        let configuration = recipe.textEncoderConfiguration(words: pairs.vocabulary.count)
        store = ParameterStore(seed: recipe.seed &+ 400, device: pairs.device)
        network = try store.build { scope throws(LayerError) in try TextEncoder(configuration, in: scope) }
        average = try store.copied()
        smooth = try average.build { scope throws(LayerError) in try TextEncoder(configuration, in: scope) }
    }

    /// Share of the codes' variance that the captions' codes leave, of the whole and of what is named.
    public func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        let places = Array(step * schedule.batch..<(step + 1) * schedule.batch)
        let parts = try compared(network, places, training: UInt64(step) &+ 78)
        var loss = parts.whole
        var metrics: [String: Tensor] = [:]
        if let named = parts.named {
            loss = try loss + named * Self.emphasis
            metrics["named"] = try named.detached()
        }
        if let ranked = parts.ranked {
            loss = try loss + ranked * ranking
            metrics["ranking"] = try ranked.detached()
        }
        return (loss, metrics)
    }

    /// The same on held-out faces, without dropout.
    public func validate() throws -> [String: Double] {
        try withNoGradient {
            let parts = try compared(smooth, Array(0..<1_000), training: nil)
            var figures = ["unexplainedVariance": try parts.whole.item()]
            figures["unexplainedOfNamed"] = try parts.named?.item()
            return figures
        }
    }

    private func compared(
        _ network: TextEncoder, _ places: [Int], training seed: UInt64?
    ) throws -> (whole: Tensor, named: Tensor?, ranked: Tensor?) {
        let batch = try pairs.pairs(places, isTraining: seed != nil)
        let ids = batch.captions.map { pairs.vocabulary.ids(of: $0, tokenizer: tokenizer) }
        let texts = try network(ids, training: seed)
        let pictures = try batch.codes.expanded(texts.shape)
        let variance = try batch.mean.map { mean throws(TorchError) in try batch.codes - mean } ?? batch.codes
        return (
            whole: try similarity(texts, pictures) / variance.square().mean(),
            named: try batch.named.map { named throws(TorchError) in
                // Every direction of a basis has variance 1, so this too is a share of a variance.
                try VisualLinguisticSimilarity.named(
                    texts, pictures, directions: named.directions, mask: named.mask)
            },
            ranked: seed != nil && ranking > 0 ? try similarity.ranked(texts, pictures, mean: batch.mean) : nil
        )
    }
}

extension Recipe {
    /// The text encoder that the recipe makes, over a vocabulary of `words`.
    func textEncoderConfiguration(words: Int) -> TextEncoderConfiguration {
        TextEncoderConfiguration(
            vocabularySize: words, embeddingWidth: networks.wordWidth,
            hiddenWidth: networks.sentenceWidth, mappingWidth: 256, mappingLayers: 2,
            layers: generatorConfiguration.layers, wDimension: networks.latentWidth, dropout: 0.05)
    }
}
