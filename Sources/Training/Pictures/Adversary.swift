import Layers
import TediGAN
import Torch

/// The other player of a game: a discriminator that tells drawn pictures from real ones, grown with what it judges.
final class Adversary {
    /// Its weights.
    let store: ParameterStore
    private var networks: [Int: Discriminator] = [:]
    private let game: Recipe.Game

    /// A fresh discriminator for the pictures of a generator.
    init(_ configuration: GeneratorConfiguration, sides: [Int], game: Recipe.Game, seed: UInt64, device: Device) throws
    {
        self.game = game
        store = ParameterStore(seed: seed, device: device)
        for side in sides.sorted(by: >) {
            var coarse = configuration
            coarse.resolution = side
            networks[side] = try Discriminator(coarse, grownTo: configuration.resolution, in: store.root)
        }
    }

    /// Scores [N] of pictures of a stage.
    func scores(_ pictures: Tensor, _ stage: NetworkGrowth.Stage) throws(TorchError) -> Tensor {
        guard let network = networks[stage.side] else {
            throw TorchError(operation: "discriminator", message: "none sees pictures of \(stage.side) pixels")
        }
        return try network(pictures, presence: stage.presence, over: networks[stage.side / 2])
    }

    /// What the discriminator pays at a step: the logistic loss, and now and then R1, whose weight makes up for the
    /// steps without it.
    ///
    /// Source: Karras et al., "Analyzing and improving the image quality of StyleGAN", 2020, section 3.1, for the laziness.
    func loss(
        real: Tensor, fake: Tensor, _ stage: NetworkGrowth.Stage, at step: Int
    ) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        let (realScores, fakeScores) = (try scores(real, stage), try scores(fake.detached(), stage))
        var loss = try AdversarialLoss.discriminator(real: realScores, fake: fakeScores)
        let metrics = ["discriminator": try loss.detached()]
        if step % game.penaltyInterval == 0 {
            let penalty = try AdversarialLoss.r1(real, gamma: game.penalty * Double(game.penaltyInterval)) {
                images throws(TorchError) in try scores(images, stage)
            }
            loss = try loss + penalty
        }
        return (loss, metrics)
    }
}
