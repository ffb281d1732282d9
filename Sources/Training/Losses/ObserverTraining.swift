import FaceData
public import Layers
public import Torch

/// Trains the observer: a network whose inner features tell pictures apart in what people look at.
///
/// It is what VGG16 is to published models, the eye of the perceptual losses, for drawn faces and small pictures. It
/// learns all that the renderer knows of a face, attributes and amounts. It has weights, data order and initial seed of
/// its own and takes part in training packs; so it judges none.
public final class ObserverTraining: TrainingTask {
    /// `observer`.
    public let name = "observer"
    /// Length, batch, step size.
    public let schedule: Recipe.Schedule
    /// The weights being trained.
    public let store: ParameterStore
    /// Their average.
    public let average: ParameterStore
    private let network: FaceObserver
    private let smooth: FaceObserver
    private let training: FaceDataset
    private let validation: FaceDataset
    private let statistics: FeatureStatistics
    private var order: ExampleOrder

    /// A fresh observer for faces of the data sets' size.
    public init(_ recipe: Recipe, training: FaceDataset, validation: FaceDataset) throws {
        schedule = recipe.observer
        (self.training, self.validation) = (training, validation)
        statistics = try FeatureStatistics(of: training.features, device: training.device)
        store = ParameterStore(seed: recipe.seed &+ 700, device: training.device)
        let size = training.size
        network = try store.build { scope throws(LayerError) in try FaceObserver(in: scope, size: size) }
        average = try store.copied()
        smooth = try average.build { scope throws(LayerError) in try FaceObserver(in: scope, size: size) }
        order = ExampleOrder(seed: recipe.seed &+ 701, count: training.count)
    }

    /// Share of the amounts' variance that is not read.
    public func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        let indices = order.batch(step, of: schedule.batch)
        let amounts = try amounts(network, training, indices, training: UInt64(step) &+ 79)
        return (amounts, [:])
    }

    /// Share of the amounts' variance that is not read from held-out faces.
    public func validate() throws -> [String: Double] {
        let parts = validation.parts(of: 500)
        let shares = try withNoGradient {
            try parts.map { try amounts(smooth, validation, $0, training: nil).item() * Double($0.count) }
        }
        return ["unexplainedVariance": shares.reduce(0, +) / Double(parts.joined().count)]
    }

    private func amounts(
        _ network: FaceObserver, _ faces: FaceDataset, _ indices: [Int], training seed: UInt64?
    ) throws -> Tensor {
        let target = try statistics.standardized(faces.features(indices))
        let seen = try network(faces.pictures(indices), training: seed)
        return try (seen - target).square().mean() / target.square().mean()
    }
}
