import FaceData
public import Layers
public import Torch

/// Trains the judge on rendered faces: binary cross-entropy over all attributes, the rarer value of each weighted up.
public final class ClassifierTraining: TrainingTask {
    /// `classifier`.
    public let name = "classifier"
    /// Length, batch, step size.
    public let schedule: Recipe.Schedule
    /// The weights being trained.
    public let store: ParameterStore
    /// Their average.
    public let average: ParameterStore
    private let network: AttributeClassifier
    private let smooth: AttributeClassifier
    private let training: FaceDataset
    private let validation: FaceDataset
    private let positiveWeight: Tensor
    private var order: ExampleOrder

    /// A fresh judge for faces of the data sets' size.
    public init(_ recipe: Recipe, training: FaceDataset, validation: FaceDataset) throws {
        schedule = recipe.classifier
        (self.training, self.validation) = (training, validation)
        let size = training.size
        let count = FaceAttribute.allCases.count
        store = ParameterStore(seed: recipe.seed &+ 100)
        network = try store.build { scope throws(LayerError) in
            try AttributeClassifier(in: scope, size: size, attributes: count)
        }
        average = try store.copied()
        smooth = try average.build { scope throws(LayerError) in
            try AttributeClassifier(in: scope, size: size, attributes: count)
        }
        order = ExampleOrder(seed: recipe.seed &+ 101, count: training.count)
        let rates = (0..<count).map { attribute in
            Float(training.faces.count(where: { $0.attributes[attribute] })) / Float(training.count)
        }
        positiveWeight = try Tensor(
            rates.map { min(6, max(0.5, (1 - $0) / max($0, 0.01))).squareRoot() }, shape: [count])
    }

    /// Cross-entropy of one batch.
    public func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        let indices = order.batch(step, of: schedule.batch)
        // Dropout draws from the global generator: seeded by the step, so that a resumed run draws the same.
        try Torch.manualSeed(UInt64(step) &+ 77)
        let logits = try network(training.pictures(indices), training: true)
        let loss = try logits.binaryCrossEntropyWithLogits(
            training.attributes(indices), positiveWeight: positiveWeight)
        return (loss, [:])
    }

    /// Balanced accuracy on held-out renders, its mean and each attribute's.
    public func validate() throws -> [String: Double] {
        let accuracy = try AttributeJudge(network: smooth).balancedAccuracy(on: validation)
        var figures = Dictionary(uniqueKeysWithValues: zip(FaceAttribute.allCases.map(\.name), accuracy))
        figures["balancedAccuracy"] = accuracy.reduce(0, +) / Double(accuracy.count)
        return figures
    }
}
