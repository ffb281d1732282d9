import FaceData
public import Layers
import Perception
public import Torch

/// Trains the judge on faces whose attributes are known: binary cross-entropy, the rarer value of each weighted up.
///
/// What is not known of a face does not count; an attribute of which nothing is known is never learnt.
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
    private let training: any TrainingFaces
    private let validation: any TrainingFaces
    private let labels: [[Bool?]]
    private let positiveWeight: Tensor
    private var order: ExampleOrder

    /// A fresh judge for faces of the data sets' size.
    public init(_ recipe: Recipe, training: any TrainingFaces, validation: any TrainingFaces) throws {
        schedule = recipe.classifier
        (self.training, self.validation) = (training, validation)
        let size = training.size
        let count = FaceAttribute.allCases.count
        store = ParameterStore(seed: recipe.seed &+ 100, device: training.device)
        network = try store.build { scope throws(LayerError) in
            try AttributeClassifier(in: scope, size: size, attributes: count)
        }
        average = try store.copied()
        smooth = try average.build { scope throws(LayerError) in
            try AttributeClassifier(in: scope, size: size, attributes: count)
        }
        order = ExampleOrder(seed: recipe.seed &+ 101, count: training.count)
        let labels = try (0..<training.count).map { try training.attributes(of: $0) }
        self.labels = labels
        let rates = (0..<count).map { attribute in
            let known = labels.compactMap { $0[attribute] }
            return known.isEmpty ? 0.5 : Float(known.count(where: \.self)) / Float(known.count)
        }
        guard labels.contains(where: { $0.contains { $0 != nil } }) else {
            throw TrainingError("nothing is known of the faces' attributes: a classifier needs an attribute file")
        }
        positiveWeight = try Tensor(
            rates.map { min(6, max(0.5, (1 - $0) / max($0, 0.01))).squareRoot() }, shape: [count],
            device: training.device)
    }

    /// Cross-entropy of one batch.
    public func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        let indices = order.batch(step, of: schedule.batch)
        training.prepare(order.batch(step + 1, of: schedule.batch))
        // Seeded by the step, so that a resumed run draws the same.
        let logits = try network(training.pictures(indices), training: UInt64(step) &+ 77)
        let known = indices.flatMap { labels[$0] }
        let targets = try Tensor(known.map { $0 == true ? Float(1) : 0 }, shape: logits.shape, device: store.device)
        let weight = try Tensor(known.map { $0 == nil ? Float(0) : 1 }, shape: logits.shape, device: store.device)
        let loss = try logits.binaryCrossEntropyWithLogits(targets, weight: weight, positiveWeight: positiveWeight)
        return (loss, [:])
    }

    /// Balanced accuracy on held-out renders, its mean and each attribute's.
    public func validate() throws -> [String: Double] {
        let accuracy = try AttributeJudge(network: smooth).balancedAccuracy(on: validation)
        let measured = zip(FaceAttribute.allCases.map(\.name), accuracy).filter { $0.1.isFinite }
        var figures = Dictionary(uniqueKeysWithValues: measured.map { ($0.0, $0.1) })
        figures["balancedAccuracy"] = measured.reduce(0) { $0 + $1.1 } / Double(max(1, measured.count))
        return figures
    }
}
