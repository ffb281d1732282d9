import Alignment
import FaceData
public import Images
public import Layers
import Perception
public import Torch

/// Trains the landmark network on imagined photos of rendered faces, whose points are known exactly.
///
/// The loss: ten times the mean distance of the places, ten times the spread of their maps, and the cross-entropy of
/// "there is a face".
public final class LandmarkTraining: TrainingTask {
    /// `landmarks`.
    public let name = "landmarks"
    /// Length, batch, step size.
    public let schedule: Recipe.Schedule
    /// The weights being trained.
    public let store: ParameterStore
    /// Their average.
    public let average: ParameterStore
    private let network: LandmarkNetwork
    private let smooth: LandmarkNetwork
    private let training: LandmarkScenes
    private let validation: LandmarkScenes

    /// Faces beyond these are not drawn: turned and cut off, each is many examples.
    private static let mostFaces = 4_096

    /// A fresh network; draws the faces.
    /// - Parameters:
    ///   - recipe: schedule, seed and number of faces.
    ///   - threads: of the renderer.
    ///   - device: where the network lives.
    public init(_ recipe: Recipe, threads: Int, device: Device = .cpu) throws {
        schedule = recipe.landmarks
        training = try LandmarkScenes(
            split: .training, seed: recipe.seed, count: min(Self.mostFaces, recipe.data.training), threads: threads)
        validation = try LandmarkScenes(
            split: .validation, seed: recipe.seed, count: min(500, recipe.data.validation), threads: threads)
        store = ParameterStore(seed: recipe.seed &+ 600, device: device)
        let network = try store.build { scope throws(LayerError) in try LandmarkNetwork(in: scope) }
        self.network = network
        let frame = try Tensor([Float(training.frame.reach), Float(training.frame.drop)], shape: [2], device: device)
        try withNoGradient { () throws(TorchError) in _ = try network.frame.copy(from: frame) }
        average = try store.copied()
        smooth = try average.build { scope throws(LayerError) in try LandmarkNetwork(in: scope) }
    }

    /// The loss of one batch.
    public func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        let batch = Batch(
            (0..<schedule.batch).map { training.example(step * schedule.batch + $0) }, device: store.device)
        let reading = try network(batch.pictures(), training: true)
        let seen = try Tensor(batch.seen, shape: [batch.count, 1], device: store.device)
        let total = max(1, batch.seen.reduce(0, +))
        let distance = try batch.distances(of: reading.places)
        let distanceLoss = try (distance * seen).sum() / Double(total * 5)
        let spreadLoss = try (reading.spread * seen).sum() / Double(total * 5)
        let presenceLoss = try reading.presence.binaryCrossEntropyWithLogits(
            Tensor(batch.presence, shape: [batch.count], device: store.device),
            weight: Tensor(batch.presenceWeight, shape: [batch.count], device: store.device))
        let loss = try distanceLoss * 10 + spreadLoss * 10 + presenceLoss
        return (loss, ["distance": try distanceLoss.detached(), "presence": try presenceLoss.detached()])
    }

    /// Squares as the network sees them, with the points that it found; small where it sees no face.
    public func picture(at step: Int) throws -> RGBImage? {
        let examples = (0..<32).map { validation.example($0) }
        let batch = Batch(examples, device: store.device)
        let (places, logits) = try withInferenceMode { () throws(TorchError) in
            let reading = try smooth(batch.pictures())
            return (try reading.places.floats(), try reading.presence.floats())
        }
        let (side, zoom, columns) = (LandmarkNetwork.side, 2, 8)
        let cell = side * zoom + 4
        var sheet = RGBImage(
            width: columns * cell, height: examples.count / columns * cell, filledWith: RGBColour(gray: 128))
        for (index, example) in examples.enumerated() {
            let window = try RGBImage(width: side, height: side, pixels: example.pixels)
            let (x, y) = (index % columns * cell, index / columns * cell)
            guard logits[index] > 0 else {
                sheet.draw(window, x: x + cell / 4, y: y + cell / 4)
                continue
            }
            var shown = window.enlarged(by: zoom)
            for point in 0..<LandmarkNetwork.points {
                let start = index * 2 * LandmarkNetwork.points + point * 2
                let dot = RGBImage(width: 4, height: 4, filledWith: RGBColour(red: 255, green: 0, blue: 255))
                shown.draw(
                    dot, x: Int(places[start] * Float(side * zoom)) - 2,
                    y: Int(places[start + 1] * Float(side * zoom)) - 2)
            }
            sheet.draw(shown, x: x + 2, y: y + 2)
        }
        return sheet
    }

    /// Mean error of the places as a part of the square's side, in close looks and in those of the first round; and how
    /// often the network is right about whether there is a face.
    public func validate() throws -> [String: Double] {
        var figures: [String: Double] = [:]
        for (name, isClose) in [("closeError", true), ("firstError", false)] {
            let (error, right) = try check((0..<512).map { validation.example($0, isClose: isClose) })
            figures[name] = error
            if !isClose { figures["firstPresence"] = right }
        }
        figures["presence"] = try check((512..<1_024).map { validation.example($0) }).right
        return figures
    }

    private func check(_ examples: [LandmarkExample]) throws -> (error: Double, right: Double) {
        let batch = Batch(examples, device: store.device)
        let (distances, logits) = try withInferenceMode { () throws(TorchError) in
            let reading = try smooth(batch.pictures())
            return (try batch.distances(of: reading.places).mean([1]).floats(), try reading.presence.floats())
        }
        let shown = zip(distances, batch.seen).filter { $0.1 > 0 }.map { Double($0.0) }
        var (right, all) = (0, 0)
        for (example, logit) in zip(examples, logits) {
            guard let presence = example.presence else { continue }
            all += 1
            if (presence > 0.5) == (logit > 0) { right += 1 }
        }
        return (shown.reduce(0, +) / Double(max(1, shown.count)), Double(right) / Double(max(1, all)))
    }

    /// Examples side by side.
    private struct Batch {
        let device: Device
        let count: Int
        let bytes: [UInt8]
        let places: [Float]
        let seen: [Float]
        let presence: [Float]
        let presenceWeight: [Float]

        init(_ examples: [LandmarkExample], device: Device) {
            self.device = device
            count = examples.count
            bytes = examples.flatMap(\.pixels)
            places = examples.flatMap(\.places)
            seen = examples.map { $0.showsPlaces ? 1 : 0 }
            presence = examples.map { $0.presence ?? 0 }
            presenceWeight = examples.map { $0.presence == nil ? 0 : 1 }
        }

        /// [N, 3, 64, 64] in -1...1.
        func pictures() throws(TorchError) -> Tensor {
            let side = LandmarkNetwork.side
            let tensor = try Tensor(bytes, shape: [count, side, side, 3], device: device)
            return try tensor.permuted([0, 3, 1, 2]).contiguous().to(dtype: .float32) / 127.5 - 1
        }

        /// Distances [N, 5] of read places [N, 5, 2] from the true ones.
        func distances(of read: Tensor) throws(TorchError) -> Tensor {
            let way = try read - Tensor(places, shape: [count, 5, 2], device: device)
            // The root of 0 has no gradient.
            return try (way.square().sum([2]) + 1e-8).sqrt()
        }
    }
}
