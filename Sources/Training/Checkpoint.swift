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

    /// Writes the state of `task` to `path`.
    func save(_ task: some TrainingTask, _ optimizer: Adam, to path: String, recipe: String) throws {
        var tensors: [String: Tensor] = [:]
        for entry in task.store.entries { tensors["weights/\(entry.path)"] = try entry.tensor.detached() }
        for entry in task.average.entries { tensors["average/\(entry.path)"] = entry.tensor }
        for (index, moments) in optimizer.moments.enumerated() {
            tensors["adam/\(index)/step"] = moments.step
            tensors["adam/\(index)/mean"] = moments.mean
            tensors["adam/\(index)/meanSquare"] = moments.meanSquare
        }
        try SafeTensors.write(
            path, tensors,
            metadata: [
                "stage": task.name, "step": "\(step)", "processorSeconds": "\(processorSeconds)",
                "seconds": "\(seconds)", "recipe": recipe,
            ])
    }

    /// Reads the state at `path` into `task`; nothing where there is no file.
    ///
    /// - Throws: `TrainingError` where the file belongs to another recipe.
    static func restore(
        _ task: some TrainingTask, _ optimizer: Adam, from path: String, recipe: String
    ) throws -> Checkpoint? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let file = try SafeTensors.read(path)
        guard file.metadata["recipe"] == recipe, file.metadata["stage"] == task.name else {
            throw TrainingError(
                "\(path) was made by another recipe; name another --out folder, or remove the file to start again")
        }
        guard let step = file.metadata["step"].flatMap(Int.init) else {
            throw TrainingError("\(path) says no step; remove it to start the stage again")
        }
        func part(_ prefix: String) -> [String: Tensor] {
            Dictionary(
                uniqueKeysWithValues: file.tensors.filter { $0.key.hasPrefix(prefix) }
                    .map { (String($0.key.dropFirst(prefix.count)), $0.value) })
        }
        try task.store.restore(part("weights/"))
        try task.average.restore(part("average/"))
        let saved = part("adam/")
        try optimizer.restore(
            optimizer.moments.indices.map { index in
                guard let step = saved["\(index)/step"], let mean = saved["\(index)/mean"],
                    let square = saved["\(index)/meanSquare"]
                else { throw TrainingError("\(path) lacks the moments of parameter \(index)") }
                return Adam.Moments(step: step, mean: mean, meanSquare: square)
            })
        return Checkpoint(
            step: step, processorSeconds: file.metadata["processorSeconds"].flatMap(Double.init) ?? 0,
            seconds: file.metadata["seconds"].flatMap(Double.init) ?? 0)
    }
}
