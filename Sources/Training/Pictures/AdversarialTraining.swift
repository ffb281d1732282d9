import FaceData
public import Images
public import Layers
import TediGAN
public import Torch

/// Trains a whole generator against a discriminator on pictures alone: the paper's own first step.
///
/// Non-saturating logistic losses, lazy R1, progressive growing, style mixing, fresh noise maps, and a running mean of
/// the codes for truncation. Nothing is known of the pictures, so nothing says which layers will carry what.
///
/// Source: Karras et al., "A style-based generator", 2019; Xia et al., "TediGAN", 2021, section 3.1.
public final class AdversarialTraining: TrainingTask {
    /// `generator`, like that of the other route.
    public let name = "generator"
    /// Length, batch, step size.
    public let schedule: Recipe.Schedule
    /// The generator's weights.
    public let store: ParameterStore
    /// Their average.
    public let average: ParameterStore
    /// The discriminator's weights.
    public var opponent: ParameterStore? { adversary.store }
    /// No mean of gradients: it would carry a player past the point where the other one has turned.
    public let momentum = (mean: 0.0, meanSquare: 0.99)
    private let configuration: GeneratorConfiguration
    private let generator: Generator
    private let smooth: Generator
    private let synthesis: GrowingSynthesis
    private let smoothSynthesis: GrowingSynthesis
    private let adversary: Adversary
    private let growth: NetworkGrowth
    private let game: Recipe.Game
    private let training: any TrainingFaces
    private let validation: any TrainingFaces
    private let seed: UInt64
    private var order: ExampleOrder

    /// A fresh generator and its opponent, for pictures of the faces' size.
    public init(_ recipe: Recipe, training: any TrainingFaces, validation: any TrainingFaces) throws {
        schedule = recipe.generator
        (self.training, self.validation, game, seed) = (training, validation, recipe.game, recipe.seed)
        let configuration = recipe.generatorConfiguration
        self.configuration = configuration
        let growth = NetworkGrowth(
            first: game.firstResolution, last: recipe.resolution, steps: schedule.steps, share: game.growthShare,
            fade: game.fade)
        self.growth = growth
        store = ParameterStore(seed: recipe.seed &+ 200, device: training.device)
        generator = try Generator(configuration, in: store.root)
        synthesis = try GrowingSynthesis(configuration, sides: growth.sides, in: store)
        average = try store.copied()
        smooth = try Generator(configuration, in: average.root)
        smoothSynthesis = try GrowingSynthesis(configuration, sides: growth.sides, in: average)
        adversary = try Adversary(
            configuration, sides: growth.sides, game: game, seed: recipe.seed &+ 210, device: training.device)
        order = ExampleOrder(seed: recipe.seed &+ 201, count: training.count)
    }

    /// The discriminator's loss on real pictures and drawn ones.
    public func opponentLoss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        let stage = growth.stage(at: step)
        let indices = order.batch(step, of: schedule.batch)
        training.prepare(order.batch(step + 1, of: schedule.batch))
        let real = try shrunk(training.pictures(indices), stage)
        let fake = try withNoGradient { try draw(step, player: 0, stage).pictures }
        return try adversary.loss(real: real, fake: fake, stage, at: step)
    }

    /// The generator's loss on other drawn pictures.
    public func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        let stage = growth.stage(at: step)
        let drawn = try draw(step, player: 1, stage)
        try generator.truncation.track(drawn.w)
        return (try AdversarialLoss.generator(adversary.scores(drawn.pictures, stage)), [:])
    }

    /// Draws a batch for a player; some pictures have the styles of two codes, which meet at a random layer.
    private func draw(
        _ step: Int, player: UInt64, _ stage: NetworkGrowth.Stage
    ) throws -> (pictures: Tensor, w: Tensor) {
        let draw = (seed &+ 203) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(step) &* 2 &+ player
        func z(_ purpose: UInt64) throws -> Tensor {
            try Tensor.randn(
                [schedule.batch, configuration.zDimension], seed: draw &* 64 &+ purpose, device: store.device)
        }
        let w = try generator.mapping(generator.normalizedLatent(z(0)))
        var codes = try generator.truncation(w, psi: 1)
        var random = CounterRandom(seed: draw, index: step)
        if random.uniform() < game.mixing {
            let others = try generator.map(z(1), psi: 1)
            // Below the layers that draw now: beyond them, a second code would change nothing.
            let drawing = 2 * (stage.side.trailingZeroBitCount - 1)
            let crossing = 1 + Int(random.uniform() * Double(drawing - 1))
            codes = try Tensor.cat(
                [
                    codes.narrow(1, start: 0, length: crossing),
                    others.narrow(1, start: crossing, length: configuration.layers - crossing),
                ], axis: 1)
        }
        var maps: [Tensor] = []
        for layer in 0..<configuration.layers where configuration.resolution(ofLayer: layer) <= stage.side {
            let side = configuration.resolution(ofLayer: layer)
            let seed = draw &* 64 &+ 2 &+ UInt64(layer)
            maps.append(try Tensor.randn([schedule.batch, 1, side, side], seed: seed, device: store.device))
        }
        return (try synthesis(codes, stage, noise: .maps(maps)), w)
    }

    /// Real pictures at a stage's size, as blurred as those that it draws.
    private func shrunk(_ pictures: Tensor, _ stage: NetworkGrowth.Stage) throws(TorchError) -> Tensor {
        let factor = configuration.resolution / stage.side
        let small = try factor > 1 ? pictures.averagePool2d(factor) : pictures
        guard stage.presence < 1 else { return small }
        return try small.averagePool2d(2).upsampleNearest(2).lerp(to: small, weight: stage.presence)
    }

    /// Faces from noise by the averaged weights.
    public func picture(at step: Int) throws -> RGBImage? {
        let stage = growth.stage(at: step)
        let drawn = try withNoGradient { try smoothSynthesis(codes(36, psi: nil), stage) }
        let factor = configuration.resolution / stage.side
        return try PictureGrid.rows([factor > 1 ? drawn.upsampleNearest(factor) : drawn], columns: 12)
    }

    /// What the discriminator says of held-out real pictures and of drawn ones: how far apart it keeps them.
    public func validate() throws -> [String: Double] {
        let stage = growth.stage(at: schedule.steps)
        return try withNoGradient {
            let real = try validation.pictures(Array(0..<16))
            return [
                "realScore": try adversary.scores(real, stage).mean().item(),
                "fakeScore": try adversary.scores(smoothSynthesis(codes(16, psi: 1), stage), stage).mean().item(),
            ]
        }
    }

    private func codes(_ count: Int, psi: Double?) throws(TorchError) -> Tensor {
        let z = try Tensor.randn([count, configuration.zDimension], seed: seed &+ 209, device: store.device)
        return try smooth.map(z, psi: psi)
    }
}
