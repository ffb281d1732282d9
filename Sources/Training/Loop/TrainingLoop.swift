public import Foundation
import Images
import Layers
import Torch

/// Runs a stage to its end: steps, reports, checkpoints, resumes, and stops when asked to.
public struct TrainingLoop {
    /// Folder of checkpoints, pictures and the log.
    public let folder: URL
    /// Digest of what the recipe says of the stage: a checkpoint of another recipe is refused.
    public let recipe: String
    /// Raised to stop after the current step.
    public let stop: StopSignal
    /// Seconds between two checkpoints.
    public var checkpointInterval = 120.0
    /// Seconds between two reports.
    public var reportInterval = 10.0
    /// Told of every report.
    public var report: (TrainingLog.Line) -> Void = { _ in }

    /// A loop that keeps its files in `folder`.
    public init(folder: URL, recipe: String, stop: StopSignal) {
        (self.folder, self.recipe, self.stop) = (folder, recipe, stop)
    }

    /// How a stage ended.
    public enum Outcome: Equatable, Sendable {
        /// All steps are done.
        case finished
        /// Stopped by request; the checkpoint holds everything.
        case stopped
    }

    /// Runs `task` from its checkpoint, or from the start, to its last step or until asked to stop.
    ///
    /// - Throws: `TrainingError` for a loss that is not finite, and what the task throws.
    public func run(_ task: some TrainingTask) throws -> Outcome {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = Self.checkpoint(of: task.name, in: folder)
        let players = try TrainingPlayers(task)
        var state =
            try Checkpoint.restore(task, players, from: path, recipe: recipe)
            ?? Checkpoint(step: 0, processorSeconds: 0, seconds: 0)
        let log = try TrainingLog(folder.appendingPathComponent("log.jsonl"))
        var meter = Meter(state)
        guard state.step < task.schedule.steps else { return .finished }

        while state.step < task.schedule.steps, !stop.isRaised {
            meter.add(try step(task, players, at: state.step))
            state.step += 1
            if meter.isDue(every: reportInterval) || state.step == task.schedule.steps {
                let line = meter.line(task, step: state.step)
                try check(line)
                try log.append(line)
                report(line)
            }
            if meter.sinceCheckpoint > checkpointInterval {
                try save(task, players, &state, &meter, path)
            }
        }
        // What was stopped before its first step has nothing to keep, and must not look like something that was trained.
        if state.step > 0 { try save(task, players, &state, &meter, path) }
        return state.step < task.schedule.steps ? .stopped : .finished
    }

    private func step(
        _ task: some TrainingTask, _ players: TrainingPlayers, at step: Int
    ) throws -> [String: Tensor] {
        let rate = task.schedule.rate(at: step)
        var figures: [String: Tensor] = [:]
        if let opponent = players.opponent {
            try opponent.optimizer.zeroGradients()
            let (loss, metrics) = try task.opponentLoss(at: step)
            try opponent.step(down: loss, rate: rate)
            figures = metrics
        }
        try players.main.optimizer.zeroGradients()
        let (loss, metrics) = try task.loss(at: step)
        try players.main.step(down: loss, rate: rate)
        // A short decay at first: the average must not remember the initial weights.
        let decay = min(task.schedule.averageDecay, (1 + Double(step)) / (10 + Double(step)))
        try task.average.average(toward: task.store, weight: 1 - decay)
        figures.merge(metrics) { first, _ in first }
        figures["loss"] = try loss.detached()
        return figures
    }

    private func check(_ line: TrainingLog.Line) throws {
        guard line.metrics.values.allSatisfy(\.isFinite) else {
            throw TrainingError(
                "\(line.stage): the loss is not finite after step \(line.step); the last checkpoint is kept. "
                    + "Lower the stage's learningRate in the recipe and begin anew in another --out folder")
        }
    }

    /// A checkpoint is never replaced by one that nothing can be trained from.
    private func checkWeights(_ task: some TrainingTask, _ players: TrainingPlayers, at step: Int) throws {
        for entry in players.all.flatMap(\.store.entries) where try !entry.tensor.detached().sum().item().isFinite {
            throw TrainingError(
                "\(task.name): \(entry.path) is not finite after step \(step); the last checkpoint is kept. "
                    + "Lower the stage's learningRate in the recipe and begin anew in another --out folder")
        }
    }

    /// Keeps the first picture of each twentieth of a stage, so that one can see later how it came about.
    private func keep(_ picture: Data, of task: some TrainingTask, at step: Int) throws {
        let part = step * 20 / max(1, task.schedule.steps)
        let history = folder.appendingPathComponent("pictures")
        try FileManager.default.createDirectory(at: history, withIntermediateDirectories: true)
        let file = history.appendingPathComponent("\(task.name)-\(part < 2 ? "0" : "")\(part * 5).png")
        guard part == 20 || !FileManager.default.fileExists(atPath: file.path) else { return }
        try picture.write(to: file, options: .atomic)
    }

    private func save(
        _ task: some TrainingTask, _ players: TrainingPlayers, _ state: inout Checkpoint, _ meter: inout Meter,
        _ path: String
    ) throws {
        try checkWeights(task, players, at: state.step)
        (state.processorSeconds, state.seconds) = meter.used()
        try state.save(task, players, to: path, recipe: recipe)
        if let picture = try task.picture(at: state.step) {
            let file = Data(try PNG.encode(picture))
            try file.write(to: folder.appendingPathComponent("\(task.name).png"), options: .atomic)
            try keep(file, of: task, at: state.step)
        }
        meter.saved()
    }
}

/// Time and figures since the last report.
private struct Meter {
    private let before: Checkpoint
    private let startProcessor = Double(clock()) / Double(CLOCKS_PER_SEC)
    private let start = ContinuousClock.now
    private var lastReport = ContinuousClock.now
    private var lastSave = ContinuousClock.now
    private var sums: [String: Tensor] = [:]
    private var steps = 0

    init(_ state: Checkpoint) {
        before = state
    }

    /// Adds up the figures of a step without waiting for their values.
    mutating func add(_ metrics: [String: Tensor]) {
        for (name, value) in metrics {
            // A failed addition would only drop a figure of the log.
            sums[name] = sums[name].map { sum in (try? sum + value) ?? value } ?? value
        }
        steps += 1
    }

    func isDue(every seconds: Double) -> Bool { Self.seconds(since: lastReport) >= seconds }
    var sinceCheckpoint: Double { Self.seconds(since: lastSave) }
    mutating func saved() { lastSave = .now }

    func used() -> (processor: Double, wall: Double) {
        (
            before.processorSeconds + Double(clock()) / Double(CLOCKS_PER_SEC) - startProcessor,
            before.seconds + Self.seconds(since: start)
        )
    }

    mutating func line(_ task: some TrainingTask, step: Int) -> TrainingLog.Line {
        let (processor, wall) = used()
        let metrics = sums.mapValues { sum in ((try? sum.item()) ?? .nan) / Double(max(1, steps)) }
        (sums, steps, lastReport) = ([:], 0, .now)
        return TrainingLog.Line(
            stage: task.name, step: step, steps: task.schedule.steps, examples: step * task.schedule.batch,
            metrics: metrics, learningRate: task.schedule.rate(at: step - 1), processorSeconds: processor,
            seconds: wall)
    }

    private static func seconds(since instant: ContinuousClock.Instant) -> Double {
        let duration = ContinuousClock.now - instant
        return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }
}

extension TrainingLoop {
    /// Where the checkpoint of a stage lies.
    static func checkpoint(of stage: String, in folder: URL) -> String {
        folder.appendingPathComponent("\(stage).checkpoint.safetensors").path
    }
}
