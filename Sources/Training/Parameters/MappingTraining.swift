import FaceData
public import Layers
import TediGAN
public import Torch

/// Trains the mapping network to know what the renderer's sampler makes of noise: z to the code of that face.
///
/// Supervised by the sampler, not by an adversary: random faces are valid from the first step of the generator on.
public final class MappingTraining: TrainingTask {
    /// `mapping`.
    public let name = "mapping"
    /// Length, batch, step size.
    public let schedule: Recipe.Schedule
    /// The weights being trained.
    public let store: ParameterStore
    /// Their average.
    public let average: ParameterStore
    private let configuration: GeneratorConfiguration
    private let network: MappingNetwork
    private let smooth: MappingNetwork
    private let basis: LatentBasis
    private let sampler: FaceSampler
    private let heldOut: FaceSampler

    /// A fresh mapping network onto the codes of `basis`.
    public init(_ recipe: Recipe, basis: LatentBasis) throws {
        schedule = recipe.mapping
        self.basis = basis
        let configuration = recipe.generatorConfiguration
        self.configuration = configuration
        store = ParameterStore(seed: recipe.seed &+ 300, device: basis.directions.device)
        network = try Self.build(configuration, in: store)
        average = try store.copied()
        smooth = try Self.build(configuration, in: average)
        sampler = FaceSampler(seed: FaceSplit.training.seed(base: recipe.seed &+ 301))
        heldOut = FaceSampler(seed: FaceSplit.validation.seed(base: recipe.seed &+ 301))
    }

    private static func build(
        _ configuration: GeneratorConfiguration, in store: ParameterStore
    ) throws -> MappingNetwork {
        _ = try Truncation(configuration, in: store.root.scope("truncation"))
        return try MappingNetwork(configuration, in: store.root.scope("mapping"))
    }

    /// Share of the codes' variance that the network does not explain, on fresh noise.
    public func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        let faces = step * schedule.batch..<(step + 1) * schedule.batch
        return (try unexplained(network, sampler, Array(faces)), [:])
    }

    /// The same on held-out noise.
    public func validate() throws -> [String: Double] {
        let share = try withNoGradient { try unexplained(smooth, heldOut, Array(0..<2_000)).item() }
        return ["unexplainedVariance": share]
    }

    private func unexplained(_ network: MappingNetwork, _ sampler: FaceSampler, _ faces: [Int]) throws -> Tensor {
        let latents = faces.map(sampler.latent(of:))
        let features = latents.flatMap { FaceSampler.parameters(from: $0).features }
        let z = try Tensor(
            latents.flatMap(\.self), shape: [faces.count, configuration.zDimension], device: store.device)
        let target = try basis.code(
            of: Tensor(features, shape: [faces.count, FaceFeatures.count], device: store.device))
        let made = try network(z).reshape([faces.count, configuration.layers, configuration.wDimension])
        return try (made - target.unsqueezed(1)).square().mean() / target.square().mean()
    }
}
