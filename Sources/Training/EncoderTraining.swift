import FaceData
public import Layers
import TediGAN
public import Torch

/// Trains the inversion encoder on rendered faces whose code is known: regression onto that code.
///
/// The published encoder learns from real pictures with pixel, perceptual and adversarial losses against a frozen
/// generator; this first version does not, and the pack's provenance says so.
public final class EncoderTraining: TrainingTask {
    /// `encoder`.
    public let name = "encoder"
    /// Length, batch, step size.
    public let schedule: Recipe.Schedule
    /// The weights being trained.
    public let store: ParameterStore
    /// Their average.
    public let average: ParameterStore
    private let network: InversionEncoder
    private let smooth: InversionEncoder
    private let basis: LatentBasis
    private let training: FaceDataset
    private let validation: FaceDataset
    private var order: ExampleOrder

    /// A fresh inversion encoder for faces of the data sets' size.
    public init(_ recipe: Recipe, basis: LatentBasis, training: FaceDataset, validation: FaceDataset) throws {
        schedule = recipe.encoder
        (self.basis, self.training, self.validation) = (basis, training, validation)
        let configuration = recipe.encoderConfiguration
        store = ParameterStore(seed: recipe.seed &+ 500)
        network = try store.build { scope throws(LayerError) in try InversionEncoder(configuration, in: scope) }
        average = try store.copied()
        smooth = try average.build { scope throws(LayerError) in try InversionEncoder(configuration, in: scope) }
        order = ExampleOrder(seed: recipe.seed &+ 501, count: training.count)
    }

    /// Share of the codes' variance that the encoder leaves.
    public func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        (try unexplained(network, training, order.batch(step, of: schedule.batch), training: true), [:])
    }

    /// The same on held-out faces.
    public func validate() throws -> [String: Double] {
        let indices = Array(0..<min(500, validation.count))
        let share = try withNoGradient {
            try unexplained(smooth, validation, indices, training: false).item()
        }
        return ["unexplainedVariance": share]
    }

    private func unexplained(
        _ network: InversionEncoder, _ faces: FaceDataset, _ indices: [Int], training: Bool
    ) throws -> Tensor {
        let target = try basis.code(of: faces.features(indices))
        let made = try network(faces.pictures(indices), training: training)
        return try (made - target.unsqueezed(1)).square().mean() / target.square().mean()
    }
}
