import Captions
import FaceData
public import Layers
public import TediGAN
public import Torch

/// Visual-linguistic similarity learning: trains the text encoder to meet the code of the captioned face.
///
/// The loss is the mean squared distance of the two codes, in units of the codes' variance; in the optimum the text's
/// code is the mean code of the faces that the caption fits.
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

    /// A fresh text encoder over the grammar's vocabulary.
    public init(_ recipe: Recipe, basis: LatentBasis) throws {
        schedule = recipe.text
        self.basis = basis
        let configuration = recipe.textEncoderConfiguration
        store = ParameterStore(seed: recipe.seed &+ 400)
        network = try store.build { scope throws(LayerError) in try TextEncoder(configuration, in: scope) }
        average = try store.copied()
        smooth = try average.build { scope throws(LayerError) in try TextEncoder(configuration, in: scope) }
        sampler = FaceSampler(seed: FaceSplit.training.seed(base: recipe.seed &+ 401))
        heldOut = FaceSampler(seed: FaceSplit.validation.seed(base: recipe.seed &+ 401))
        grammar = CaptionGrammar(seed: recipe.seed &+ 402)
    }

    /// Share of the codes' variance that the captions' codes leave.
    public func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        try Torch.manualSeed(UInt64(step) &+ 78)
        let faces = Array(step * schedule.batch..<(step + 1) * schedule.batch)
        return (try unexplained(network, sampler, faces, training: true), [:])
    }

    /// The same on held-out faces, without dropout.
    public func validate() throws -> [String: Double] {
        let share = try withNoGradient {
            try unexplained(smooth, heldOut, Array(0..<1_000), training: false).item()
        }
        return ["unexplainedVariance": share]
    }

    private func unexplained(
        _ network: TextEncoder, _ sampler: FaceSampler, _ faces: [Int], training: Bool
    ) throws -> Tensor {
        let parameters = faces.map(sampler.parameters(of:))
        let captions = zip(faces, parameters).map { face, parameters in
            let text = grammar.caption(of: parameters, face: face, number: face % CaptionGrammar.captionsPerFace).text
            return CaptionGrammar.vocabulary.ids(of: text, tokenizer: tokenizer)
        }
        let features = try Tensor(
            parameters.flatMap(\.features), shape: [faces.count, FaceFeatures.count])
        let target = try basis.code(of: features)
        let made = try network(captions, training: training)
        return try (made - target.unsqueezed(1)).square().mean() / target.square().mean()
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
