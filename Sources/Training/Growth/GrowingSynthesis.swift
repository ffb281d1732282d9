import Layers
import TediGAN
import Torch

/// A synthesis network at each of its sizes, over one store: the coarser ones are the first layers of the finest, each
/// with the output of its size.
struct GrowingSynthesis {
    private var networks: [Int: SynthesisNetwork] = [:]

    /// Builds the networks of `sides` under `synthesis`.
    init(_ configuration: GeneratorConfiguration, sides: [Int], in store: ParameterStore) throws {
        // The finest first, so that the store's order is that of a network which never grew.
        for side in sides.sorted(by: >) {
            var coarse = configuration
            coarse.resolution = side
            networks[side] = try SynthesisNetwork(coarse, in: store.root.scope("synthesis"))
        }
    }

    /// Codes [N, L, C] of the finest network to pictures [N, 3, r, r] of a stage.
    func callAsFunction(
        _ codes: Tensor, _ stage: NetworkGrowth.Stage, noise: SynthesisNetwork.Noise = .fixed
    ) throws -> Tensor {
        guard let network = networks[stage.side] else {
            throw TrainingError("no network draws pictures of \(stage.side) pixels")
        }
        let fine = try network(codes, noise: noise)
        guard stage.presence < 1, let coarser = networks[stage.side / 2] else { return fine }
        return try coarser(codes, noise: noise).upsampleNearest(2).lerp(to: fine, weight: stage.presence)
    }
}
