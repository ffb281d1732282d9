import Foundation
import Layers
import Torch

/// The state of a stage on disk: weights, their average and the optimiser's moments in one safetensors file, written
/// to a temporary name and renamed, so that a kill at any moment leaves the last whole one.
struct Checkpoint {
    /// Steps done.
    var step: Int
    /// Processor and wall-clock seconds used so far.
    var processorSeconds: Double
    var seconds: Double

    /// Writes the state of `players` to `path`.
    func save(_ task: some TrainingTask, _ players: TrainingPlayers, to path: String, recipe: String) throws {
        var tensors: [String: Tensor] = [:]
        for entry in task.average.entries { tensors["average/\(entry.path)"] = entry.tensor }
        for player in players.all {
            for entry in player.store.entries {
                tensors["\(player.name)/\(entry.path)"] = try entry.tensor.detached()
            }
            for (index, moments) in player.optimizer.moments.enumerated() {
                tensors["\(player.moments)/\(index)/step"] = moments.step
                tensors["\(player.moments)/\(index)/mean"] = moments.mean
                tensors["\(player.moments)/\(index)/meanSquare"] = moments.meanSquare
            }
        }
        try SafeTensors.write(
            path, tensors,
            metadata: [
                "stage": task.name, "step": "\(step)", "processorSeconds": "\(processorSeconds)",
                "seconds": "\(seconds)", "recipe": recipe,
            ].merging(task.notes.map { ("note.\($0.key)", $0.value) }) { first, _ in first })
    }

    /// Reads the state at `path` into `players`; nothing where there is no file.
    ///
    /// - Throws: `TrainingError` where the file belongs to another recipe.
    static func restore(
        _ task: some TrainingTask, _ players: TrainingPlayers, from path: String, recipe: String
    ) throws -> Checkpoint? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let file = try CheckpointFile(path, stage: task.name, recipe: recipe)
        for (name, note) in task.notes where file.notes[name] != note {
            throw TrainingError(
                "\(path) rests on another \(name): the data set has changed; name another --out folder to begin anew")
        }
        try task.average.restore(file.part("average"))
        for player in players.all {
            try player.store.restore(file.part(player.name))
            let saved = file.part(player.moments)
            try player.optimizer.restore(
                player.optimizer.moments.indices.map { index in
                    guard let step = saved["\(index)/step"], let mean = saved["\(index)/mean"],
                        let square = saved["\(index)/meanSquare"]
                    else { throw TrainingError("\(path) lacks the moments of parameter \(index) of \(player.name)") }
                    return Adam.Moments(step: step, mean: mean, meanSquare: square)
                })
        }
        return file.state
    }

    /// Steps done of the stage whose checkpoint lies at `path`, without reading its tensors; nil where there is none.
    static func steps(at path: String, recipe: String) throws -> Int? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let metadata = try SafeTensors.inspect(path).metadata
        return metadata["recipe"] == recipe ? metadata["step"].flatMap(Int.init) : nil
    }

    /// One part of the state of a stage: `average`, `weights` or `opponent`.
    ///
    /// - Throws: `TrainingError` where the stage has no checkpoint, or one of another recipe.
    static func part(
        _ name: String, of stage: TrainingRun.Stage, at path: String, recipe: String
    ) throws -> CheckpointPart {
        guard FileManager.default.fileExists(atPath: path) else {
            throw TrainingError("\(path) is not there: train the stage \(stage.rawValue) first")
        }
        let file = try CheckpointFile(path, stage: stage.rawValue, recipe: recipe)
        return CheckpointPart(tensors: file.part(name), state: file.state, notes: file.notes)
    }
}

/// What a finished or unfinished stage has left of one of its networks.
struct CheckpointPart {
    let tensors: [String: Tensor]
    let state: Checkpoint
    let notes: [String: String]
}

/// A checkpoint of the right stage and recipe, as it lies on the disk.
private struct CheckpointFile {
    let state: Checkpoint
    let notes: [String: String]
    private let tensors: [String: Tensor]

    init(_ path: String, stage: String, recipe: String) throws {
        let file = try SafeTensors.read(path)
        guard file.metadata["recipe"] == recipe, file.metadata["stage"] == stage else {
            throw TrainingError(
                "\(path) was made by another recipe; name another --out folder, or remove the file to start again")
        }
        guard let step = file.metadata["step"].flatMap(Int.init) else {
            throw TrainingError("\(path) says no step; remove it to start the stage again")
        }
        tensors = file.tensors
        notes = Dictionary(
            uniqueKeysWithValues: file.metadata.filter { $0.key.hasPrefix("note.") }
                .map { (String($0.key.dropFirst(5)), $0.value) })
        state = Checkpoint(
            step: step, processorSeconds: file.metadata["processorSeconds"].flatMap(Double.init) ?? 0,
            seconds: file.metadata["seconds"].flatMap(Double.init) ?? 0)
    }

    /// The tensors under a name.
    func part(_ name: String) -> [String: Tensor] {
        Dictionary(
            uniqueKeysWithValues: tensors.filter { $0.key.hasPrefix(name + "/") }
                .map { (String($0.key.dropFirst(name.count + 1)), $0.value) })
    }
}
