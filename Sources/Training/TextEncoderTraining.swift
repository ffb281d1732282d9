import Captions
import FaceData
public import Layers
public import TediGAN
public import Torch

/// Visual-linguistic similarity learning: trains the text encoder to meet the code of the captioned face.
///
/// The loss is ``VisualLinguisticSimilarity`` of the two codes, the distance in units of the codes' variance; in the
/// optimum the text's code is the mean code of the faces that the caption fits. What the caption names counts besides,
/// by ``emphasis``, and the ranking within a batch by ``Recipe/textRanking``.
///
/// Source: Xia et al., "TediGAN", 2021, section 3.2; the grammar of captions and the codes are the renderer's.
public final class TextEncoderTraining: TrainingTask {
    /// `text`.
    public let name = "text"
    /// Length, batch, step size.
    public let schedule: Recipe.Schedule
    /// The weights being trained.
    public let store: ParameterStore
    /// Their average.
    public let average: ParameterStore
    private let network: TextEncoder
    private let smooth: TextEncoder
    private let basis: LatentBasis
    private let sampler: FaceSampler
    private let heldOut: FaceSampler
    private let grammar: CaptionGrammar
    private let tokenizer = CaptionTokenizer()
    private let similarity: VisualLinguisticSimilarity
    private let ranking: Double
    /// Weight of the named features beside that of the whole code.
    static let emphasis = 1.0

    /// A fresh text encoder over the grammar's vocabulary.
    public init(_ recipe: Recipe, basis: LatentBasis) throws {
        schedule = recipe.text
        self.basis = basis
        similarity = try VisualLinguisticSimilarity()
        ranking = recipe.textRanking
        let configuration = recipe.textEncoderConfiguration
        store = ParameterStore(seed: recipe.seed &+ 400)
        network = try store.build { scope throws(LayerError) in try TextEncoder(configuration, in: scope) }
        average = try store.copied()
        smooth = try average.build { scope throws(LayerError) in try TextEncoder(configuration, in: scope) }
        sampler = FaceSampler(seed: FaceSplit.training.seed(base: recipe.seed &+ 401))
        heldOut = FaceSampler(seed: FaceSplit.validation.seed(base: recipe.seed &+ 401))
        grammar = CaptionGrammar(seed: recipe.seed &+ 402)
    }

    /// Share of the codes' variance that the captions' codes leave, of the whole and of what is named.
    public func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        try Torch.manualSeed(UInt64(step) &+ 78)
        let faces = Array(step * schedule.batch..<(step + 1) * schedule.batch)
        let parts = try compared(network, sampler, faces, training: true, ranks: ranking > 0)
        let loss = try parts.whole + parts.named * Self.emphasis
        var metrics = ["named": try parts.named.detached()]
        guard let ranked = parts.ranked else { return (loss, metrics) }
        metrics["ranking"] = try ranked.detached()
        return (try loss + ranked * ranking, metrics)
    }

    /// The same on held-out faces, without dropout.
    public func validate() throws -> [String: Double] {
        try withNoGradient {
            let parts = try compared(smooth, heldOut, Array(0..<1_000), training: false, ranks: false)
            return ["unexplainedVariance": try parts.whole.item(), "unexplainedOfNamed": try parts.named.item()]
        }
    }

    private func compared(
        _ network: TextEncoder, _ sampler: FaceSampler, _ faces: [Int], training: Bool, ranks: Bool
    ) throws -> (whole: Tensor, named: Tensor, ranked: Tensor?) {
        let parameters = faces.map(sampler.parameters(of:))
        let captions = zip(faces, parameters).map { face, parameters in
            grammar.caption(of: parameters, face: face, number: face % CaptionGrammar.captionsPerFace)
        }
        let features = try Tensor(
            parameters.flatMap(\.features), shape: [faces.count, FaceFeatures.count])
        let target = try basis.code(of: features)
        let ids = captions.map { CaptionGrammar.vocabulary.ids(of: $0.text, tokenizer: tokenizer) }
        let texts = try network(ids, training: training)
        let pictures = try target.unsqueezed(1).expanded(texts.shape)
        // Every direction of the basis has variance 1, so both parts are shares of a variance.
        return (
            whole: try similarity(texts, pictures) / target.square().mean(),
            named: try VisualLinguisticSimilarity.named(
                texts, pictures, directions: basis.directions, mask: Self.named(captions)),
            // The mean of the basis' codes is 0.
            ranked: ranks ? try similarity.ranked(texts, pictures) : nil
        )
    }

    /// 1 for each feature [N, F] of what a caption names.
    private static func named(_ captions: [FaceCaption]) throws -> Tensor {
        var mask = [Float](repeating: 0, count: captions.count * FaceFeatures.count)
        for (row, caption) in captions.enumerated() {
            for mention in caption.mentions {
                for index in FaceFeatures.group(named: mention.attribute.name)?.indices ?? [] {
                    mask[row * FaceFeatures.count + index] = 1
                }
            }
        }
        return try Tensor(mask, shape: [captions.count, FaceFeatures.count])
    }
}

extension Recipe {
    /// The text encoder that the recipe makes.
    public var textEncoderConfiguration: TextEncoderConfiguration {
        TextEncoderConfiguration(
            vocabularySize: CaptionGrammar.vocabulary.count, embeddingWidth: networks.wordWidth,
            hiddenWidth: networks.sentenceWidth, mappingWidth: 256, mappingLayers: 2,
            layers: generatorConfiguration.layers, wDimension: networks.latentWidth, dropout: 0.05)
    }

    /// The inversion encoder that the recipe makes.
    public var encoderConfiguration: InversionEncoderConfiguration {
        InversionEncoderConfiguration(
            resolution: resolution, layers: generatorConfiguration.layers, wDimension: networks.latentWidth,
            channelsBase: networks.encoderWidth, channelsMax: networks.encoderMaximum)
    }
}
