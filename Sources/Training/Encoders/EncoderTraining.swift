import FaceCollections
import Foundation
public import Images
public import Layers
import TediGAN
public import Torch

/// Trains an encoder of pictures before a frozen generator: what it makes of a picture is drawn again and compared with
/// the face.
///
/// The terms, each with its weight in ``Recipe/Inversion``: the distance of the pixels, that in the observer's eyes, for
/// photos that of a game against a discriminator, and, where the code of a face is known, the share of the codes'
/// variance that is missed. Encoders of sketches and label maps learn to draw the face that they belong to.
///
/// Source: Zhu et al., "In-domain GAN inversion", 2020, section 3.1; Xia et al., "TediGAN", 2021, section 3.1.
public final class EncoderTraining: TrainingTask {
    /// What an encoder reads.
    public enum Modality: String, Sendable, CaseIterable {
        /// Pictures in colour: E_v.
        case photo = "encoder"
        /// Line drawings.
        case sketch = "sketch-encoder"
        /// Label maps, one channel a class.
        case labels = "label-encoder"

        /// Channels of its pictures.
        var channels: Int {
            switch self {
            case .photo: 3
            case .sketch: 1
            case .labels: 19
            }
        }

        /// What is decoded of a data set's faces for it.
        var wants: FaceLoader.Wants {
            switch self {
            case .photo: .image
            case .sketch: [.image, .sketch]
            case .labels: [.image, .labelMap]
            }
        }

        /// What it does in a pack.
        var role: PackRole {
            switch self {
            case .photo: .photo
            case .sketch: .sketch
            case .labels: .labels
            }
        }

        /// What makes the seeds of two encoders differ.
        fileprivate var offset: UInt64 {
            switch self {
            case .photo: 500
            case .sketch: 510
            case .labels: 520
            }
        }
    }

    /// What the training stands on.
    struct Ground {
        /// The generator, whose weights stay as they are.
        let generator: Generator
        /// The codes [N, 1 or L, C] of faces of the training set, where they are known.
        let codes: ((any TrainingFaces, [Int]) throws -> Tensor)?
        /// The mean of such codes, [L, C], and 0 if nil; their variance is what is left of them.
        let mean: Tensor?
        /// The observer's eyes.
        let perceptual: PerceptualDistance?
        /// The weights of a discriminator to begin the game with; no game if nil.
        let discriminator: [String: Tensor]?
    }

    /// `encoder`, `sketch-encoder` or `label-encoder`.
    public var name: String { modality.rawValue }
    /// Length, batch, step size.
    public let schedule: Recipe.Schedule
    /// The weights being trained.
    public let store: ParameterStore
    /// Their average.
    public let average: ParameterStore
    /// The discriminator, where there is a game.
    public var opponent: ParameterStore? { adversary?.store }
    private let modality: Modality
    private let network: InversionEncoder
    private let smooth: InversionEncoder
    private let ground: Ground
    private let synthesis: SynthesisNetwork
    private let adversary: Adversary?
    private let weights: Recipe.Inversion
    private let training: any TrainingFaces
    private let validation: any TrainingFaces
    private let pixels = PictureLoss()
    private let finest: NetworkGrowth.Stage
    private var order: ExampleOrder
    private var latest: (step: Int, drawing: (indices: [Int], target: Tensor, made: Tensor, drawn: Tensor))?

    /// A fresh encoder for faces of the data sets' size.
    init(
        _ recipe: Recipe, _ modality: Modality, on ground: Ground, training: any TrainingFaces,
        validation: any TrainingFaces
    ) throws {
        schedule =
            switch modality {
            case .photo: recipe.encoder
            case .sketch: recipe.sketchEncoder
            case .labels: recipe.labelEncoder
            }
        (self.modality, self.ground, weights) = (modality, ground, recipe.inversion)
        (self.training, self.validation) = (training, validation)
        let sizes = recipe.encoderConfiguration(of: modality)
        let seed = recipe.seed &+ modality.offset
        store = ParameterStore(seed: seed, device: training.device)
        network = try store.build { scope throws(LayerError) in try InversionEncoder(sizes, in: scope) }
        average = try store.copied()
        smooth = try average.build { scope throws(LayerError) in try InversionEncoder(sizes, in: scope) }
        synthesis = try ground.generator.synthesis.frozen(differentiable: true)
        finest = NetworkGrowth.Stage(side: recipe.resolution, presence: 1)
        adversary = try ground.discriminator.map { weights in
            let adversary = try Adversary(
                recipe.generatorConfiguration, sides: [recipe.resolution], game: recipe.game, seed: seed &+ 1,
                device: training.device)
            try adversary.store.restore(weights.filter { adversary.store[$0.key] != nil })
            return adversary
        }
        order = ExampleOrder(seed: seed &+ 1, count: training.count)
    }

    /// The discriminator's loss on real faces and on those drawn again.
    public func opponentLoss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        guard let adversary else { throw TrainingError("\(name): the stage has no opponent") }
        let drawing = try drawing(at: step)
        return try adversary.loss(real: drawing.target, fake: drawing.drawn, finest, at: step)
    }

    /// The weighted terms of one batch.
    public func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        let (indices, target, made, drawn) = try drawing(at: step)
        latest = nil
        let distance = try pixels(drawn, target)
        var loss = try distance * weights.pixel
        var metrics = ["pixels": try distance.detached()]
        if let perceptual = ground.perceptual, weights.perceptual > 0 {
            let seen = try perceptual(drawn, target)
            metrics["perceptual"] = try seen.detached()
            loss = try loss + seen * weights.perceptual
        }
        if let codes = ground.codes, weights.code > 0 {
            let missed = try unexplained(made, by: codes(training, indices))
            metrics["code"] = try missed.detached()
            loss = try loss + missed * weights.code
        }
        if let adversary, weights.adversarial > 0 {
            let game = try AdversarialLoss.generator(adversary.scores(drawn, finest))
            metrics["game"] = try game.detached()
            loss = try loss + game * weights.adversarial
        }
        return (loss, metrics)
    }

    /// The faces of a step, their codes and what is drawn of them; the opponent and the encoder look at the same, so that
    /// the means of batch normalisation move once a step.
    private func drawing(
        at step: Int
    ) throws -> (indices: [Int], target: Tensor, made: Tensor, drawn: Tensor) {
        if let latest, latest.step == step { return latest.drawing }
        let indices = order.batch(step, of: schedule.batch)
        training.prepare(order.batch(step + 1, of: schedule.batch))
        let made = try network(input(training, indices), training: true)
        let drawing = (
            indices: indices, target: try training.pictures(indices), made: made, drawn: try synthesis(made)
        )
        latest = (step, drawing)
        return drawing
    }

    /// PSNR in dB of held-out faces drawn again, and the share of their codes' variance that is missed.
    public func validate() throws -> [String: Double] {
        let parts = validation.parts(of: 200)
        return try withNoGradient {
            var (squares, missed) = (0.0, 0.0)
            for part in parts {
                let made = try smooth(input(validation, part))
                squares += try ((synthesis(made) - validation.pictures(part)) / 2).square().mean([1, 2, 3]).sum().item()
                if let codes = ground.codes {
                    missed += try unexplained(made, by: codes(validation, part)).item() * Double(part.count)
                }
            }
            let count = Double(parts.joined().count)
            let psnr = ["psnr": -10 * log10(squares / count)]
            return ground.codes == nil
                ? psnr : psnr.merging(["unexplainedVariance": missed / count]) { first, _ in first }
        }
    }

    /// Held-out faces above, what was drawn of them below.
    public func picture(at step: Int) throws -> RGBImage? {
        let indices = Array(0..<min(24, validation.count))
        let drawn = try withNoGradient { try synthesis(smooth(input(validation, indices))) }
        return try PictureGrid.rows([validation.pictures(indices), drawn], columns: 12)
    }

    private func input(_ faces: any TrainingFaces, _ indices: [Int]) throws -> Tensor {
        switch modality {
        case .photo: try faces.pictures(indices)
        case .sketch: try faces.sketches(indices)
        case .labels: try faces.labelMaps(indices)
        }
    }

    private func unexplained(_ made: Tensor, by known: Tensor) throws(TorchError) -> Tensor {
        let target = known.shape.count == 2 ? try known.unsqueezed(1) : known
        let variance = try ground.mean.map { mean throws(TorchError) in try target - mean } ?? target
        return try (made - target).square().mean() / variance.square().mean()
    }
}

extension Recipe {
    /// The encoder of a kind of pictures that the recipe makes.
    func encoderConfiguration(of modality: EncoderTraining.Modality) -> InversionEncoderConfiguration {
        InversionEncoderConfiguration(
            resolution: resolution, imageChannels: modality.channels, layers: generatorConfiguration.layers,
            wDimension: networks.latentWidth, channelsBase: networks.encoderWidth,
            channelsMax: networks.encoderMaximum)
    }
}
