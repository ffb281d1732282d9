import FaceData
public import Layers
import Perception
public import Torch

/// Trains the judge of regions on faces whose label maps are known: cross-entropy of every pixel, small regions weighted up.
public final class SegmenterTraining: TrainingTask {
    /// `segmenter`.
    public let name = "segmenter"
    /// Length, batch, step size.
    public let schedule: Recipe.Schedule
    /// The weights being trained.
    public let store: ParameterStore
    /// Their average.
    public let average: ParameterStore
    private let network: FaceSegmenter
    private let smooth: FaceSegmenter
    private let training: any TrainingFaces
    private let validation: any TrainingFaces
    private let weights: Tensor
    private var order: ExampleOrder

    /// A fresh segmenter for faces of the data sets' size.
    public init(_ recipe: Recipe, training: any TrainingFaces, validation: any TrainingFaces) throws {
        schedule = recipe.segmenter
        (self.training, self.validation) = (training, validation)
        let size = training.size
        store = ParameterStore(seed: recipe.seed &+ 800, device: training.device)
        network = try store.build { scope throws(LayerError) in try FaceSegmenter(in: scope, size: size) }
        average = try store.copied()
        smooth = try average.build { scope throws(LayerError) in try FaceSegmenter(in: scope, size: size) }
        order = ExampleOrder(seed: recipe.seed &+ 801, count: training.count)
        weights = try Self.weights(training)
    }

    /// Cross-entropy of one batch.
    public func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        let indices = order.batch(step, of: schedule.batch)
        training.prepare(order.batch(step + 1, of: schedule.batch))
        let regions = SegmentedRegion.regions(ofMask: try training.masks(indices))
        let target = try Tensor(regions, shape: [indices.count, training.size, training.size], device: store.device).to(
            dtype: .int64)
        let logits = try network(training.pictures(indices), training: true)
        return (try logits.crossEntropy(target, weight: weights), [:])
    }

    /// Intersection over union on held-out faces, its mean and each region's.
    public func validate() throws -> [String: Double] {
        let overlap = try RegionJudge(network: smooth).overlap(on: validation)
        return overlap.shares.merging(["meanOverlap": overlap.mean]) { $1 }
    }

    /// A weight per region, 1 for one of mean size: the root of how much rarer it is.
    ///
    /// The inverse share itself would have the network see earrings everywhere.
    private static func weights(_ faces: any TrainingFaces) throws -> Tensor {
        let looked = Array(0..<min(1_000, faces.count))
        var counts = [Int](repeating: 0, count: SegmentedRegion.allCases.count)
        for region in SegmentedRegion.regions(ofMask: try faces.masks(looked)) { counts[Int(region)] += 1 }
        let mean = Double(counts.reduce(0, +)) / Double(counts.count)
        return try Tensor(
            counts.map { Float(min(8, max(0.3, (mean / Double(max(1, $0))).squareRoot()))) }, shape: [counts.count],
            device: faces.device)
    }
}
