import FaceData
import Foundation
import Layers
import Testing
import Torch
import Training

/// A small regression that has everything a stage has.
private final class LineTask: TrainingTask {
    let name = "line"
    let schedule: Recipe.Schedule
    let store = ParameterStore(seed: 3)
    let average: ParameterStore
    private let layer: EqualizedDense
    private let stop: StopSignal
    private let stopAt: Int?

    init(steps: Int, stop: StopSignal, stopAt: Int?) throws {
        schedule = Recipe.Schedule(steps: steps, batch: 4, learningRate: 0.05, averageDecay: 0.9)
        (self.stop, self.stopAt) = (stop, stopAt)
        layer = try store.build { scope throws(LayerError) in try EqualizedDense(in: scope, inputs: 3, outputs: 2) }
        average = try store.copied()
    }

    func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        if step + 1 == stopAt { stop.raise() }
        let x = try Tensor.randn([4, 3], seed: UInt64(step))
        let wanted = try x.narrow(1, start: 0, length: 2) * 2 + 1
        return (try layer(x).meanSquaredError(wanted), [:])
    }
}

/// A stage that is asked to stop at a step.
private final class Stopped<Stage: TrainingTask>: TrainingTask {
    private let stage: Stage
    private let step: Int
    private let signal: StopSignal
    var name: String { stage.name }
    var schedule: Recipe.Schedule { stage.schedule }
    var store: ParameterStore { stage.store }
    var average: ParameterStore { stage.average }
    var momentum: (mean: Double, meanSquare: Double) { stage.momentum }
    var opponent: ParameterStore? { stage.opponent }

    init(_ stage: Stage, at step: Int, _ signal: StopSignal) {
        (self.stage, self.step, self.signal) = (stage, step, signal)
    }

    func opponentLoss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        try stage.opponentLoss(at: step)
    }

    func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        if step + 1 == self.step { signal.raise() }
        return try stage.loss(at: step)
    }
}

@Suite("Training resumes")
struct ResumeTests {
    private func folder() throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-training-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    private func numbers(_ store: ParameterStore) throws -> [[Float]] {
        try store.entries.map { try $0.tensor.floats() }
    }

    @Test("A stage that was stopped and resumed ends with the bits of one that never stopped")
    func resumesExactly() throws {
        let (whole, parted) = (try folder(), try folder())
        defer { [whole, parted].forEach { try? FileManager.default.removeItem(at: $0) } }

        let stop = StopSignal()
        let straight = try LineTask(steps: 40, stop: stop, stopAt: nil)
        #expect(try TrainingLoop(folder: whole, recipe: "r", stop: stop).run(straight) == .finished)

        let early = StopSignal()
        let first = try LineTask(steps: 40, stop: early, stopAt: 17)
        #expect(try TrainingLoop(folder: parted, recipe: "r", stop: early).run(first) == .stopped)
        let second = try LineTask(steps: 40, stop: StopSignal(), stopAt: nil)
        #expect(try TrainingLoop(folder: parted, recipe: "r", stop: StopSignal()).run(second) == .finished)

        #expect(try numbers(straight.store) == numbers(second.store))
        #expect(try numbers(straight.average) == numbers(second.average))
        #expect(try numbers(first.store) != numbers(second.store))
    }

    @Test("A game that was stopped and resumed ends with the bits of one that never stopped")
    func resumesGames() throws {
        func game() throws -> AdversarialTraining {
            var recipe = Recipe()
            (recipe.route, recipe.resolution) = (.pictures, 16)
            (recipe.networks.latentWidth, recipe.networks.featureMapsBase) = (16, 64)
            recipe.networks.featureMapsMax = 8
            recipe.generator = Recipe.Schedule(steps: 10, batch: 4, learningRate: 2e-3, averageDecay: 0.9)
            (recipe.game.growthShare, recipe.game.penaltyInterval) = (0.6, 4)
            let faces = FaceDataset(split: .training, seed: 1, count: 16, size: 16, threads: 1)
            return try AdversarialTraining(recipe, training: faces, validation: faces)
        }
        let (whole, parted) = (try folder(), try folder())
        defer { [whole, parted].forEach { try? FileManager.default.removeItem(at: $0) } }
        let straight = try game()
        #expect(try TrainingLoop(folder: whole, recipe: "r", stop: StopSignal()).run(straight) == .finished)
        // In the middle of a fade.
        let stopping = StopSignal()
        let first = try Stopped(game(), at: 7, stopping)
        #expect(try TrainingLoop(folder: parted, recipe: "r", stop: stopping).run(first) == .stopped)
        let second = try game()
        #expect(try TrainingLoop(folder: parted, recipe: "r", stop: StopSignal()).run(second) == .finished)
        #expect(try numbers(straight.store) == numbers(second.store))
        #expect(try numbers(straight.average) == numbers(second.average))
        let (one, other) = (try #require(straight.opponent), try #require(second.opponent))
        #expect(try numbers(one) == numbers(other))
    }

    @Test("A checkpoint of another recipe is refused, and a finished stage is not run again")
    func refusesOthers() throws {
        let place = try folder()
        defer { try? FileManager.default.removeItem(at: place) }
        let stop = StopSignal()
        let task = try LineTask(steps: 5, stop: stop, stopAt: nil)
        #expect(try TrainingLoop(folder: place, recipe: "one", stop: stop).run(task) == .finished)
        let before = try numbers(task.store)
        #expect(try TrainingLoop(folder: place, recipe: "one", stop: stop).run(task) == .finished)
        #expect(try numbers(task.store) == before)
        #expect(throws: TrainingError.self) {
            try TrainingLoop(folder: place, recipe: "two", stop: stop).run(task)
        }
    }

    @Test("A loss that is not finite ends the run with an error that names the stage")
    func stopsAtNaN() throws {
        final class Broken: TrainingTask {
            let name = "broken"
            let schedule = Recipe.Schedule(steps: 3, batch: 1, learningRate: 0.1, averageDecay: 0.5)
            let store = ParameterStore(seed: 1)
            let average: ParameterStore
            private let layer: EqualizedDense
            init() throws {
                layer = try store.build { scope throws(LayerError) in
                    try EqualizedDense(in: scope, inputs: 1, outputs: 1)
                }
                average = try store.copied()
            }
            func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
                (try layer(Tensor([Float.infinity], shape: [1, 1])).sum() * 0, [:])
            }
        }
        let place = try folder()
        defer { try? FileManager.default.removeItem(at: place) }
        let error = try #require(throws: TrainingError.self) {
            try TrainingLoop(folder: place, recipe: "r", stop: StopSignal()).run(Broken())
        }
        #expect(error.description.contains("broken"))
    }
}
