import FaceData
public import Foundation
import Layers
public import TediGAN
import Torch

/// A whole run of a recipe: renders the faces, trains each stage from its checkpoint on, and writes pack and judge.
///
/// Blocks its thread for the length of the run; keep it off the cooperative pool.
public final class TrainingRun {
    /// What can be trained.
    public enum Stage: String, CaseIterable, Sendable {
        case classifier, mapping, text, generator, encoder, landmarks
        case segmenter
    }

    /// What the run makes.
    public let recipe: Recipe
    private let folder: URL
    private let stop: StopSignal
    private let report: (TrainingLog.Line) -> Void
    private let threads: Int
    private let say: (String) -> Void
    private lazy var training = faces(.training, recipe.data.training)
    private lazy var validation = faces(.validation, recipe.data.validation)

    /// A run in `folder`, which keeps checkpoints, the log, pictures and what comes out.
    /// - Parameters:
    ///   - threads: threads of the renderer and of LibTorch.
    ///   - report: told of every report of a stage.
    ///   - say: told, in a line, of what begins and ends.
    public init(
        _ recipe: Recipe, folder: URL, threads: Int, stop: StopSignal,
        report: @escaping (TrainingLog.Line) -> Void = { _ in }, say: @escaping (String) -> Void = { _ in }
    ) throws {
        try recipe.validate()
        (self.recipe, self.folder, self.threads) = (recipe, folder, threads)
        (self.stop, self.report, self.say) = (stop, report, say)
        Torch.configure()
        Torch.threadCount = threads
    }

    private func loop(of stage: String) throws -> TrainingLoop {
        var loop = TrainingLoop(folder: folder, recipe: try recipe.digest(of: stage), stop: stop)
        loop.report = report
        return loop
    }

    private func faces(_ split: FaceSplit, _ count: Int) -> FaceDataset {
        say("drawing \(count) faces (\(split.rawValue))")
        return FaceDataset(split: split, seed: recipe.seed, count: count, size: recipe.resolution, threads: threads)
    }

    /// Codes are laid over the features of the training faces.
    private func makeBasis() throws -> LatentBasis {
        let sampler = FaceSampler(seed: FaceSplit.training.seed(base: recipe.seed))
        let features = (0..<recipe.data.training).flatMap { sampler.parameters(of: $0).features }
        return try LatentBasis(features: features, width: recipe.networks.latentWidth, seed: recipe.seed)
    }

    /// Trains `stages` in order; once all stages of a pack are done, writes the pack.
    ///
    /// - Returns: whether everything asked for is finished.
    public func run(_ stages: [Stage]) throws -> Bool {
        let basis = try makeBasis()
        for stage in stages {
            say("stage \(stage.rawValue)")
            let outcome =
                switch stage {
                case .classifier: try judge()
                case .mapping: try train(MappingTraining(recipe, basis: basis))
                case .text: try train(TextEncoderTraining(recipe, basis: basis))
                case .generator:
                    try train(
                        GeneratorTraining(recipe, basis: basis, training: training, validation: validation))
                case .encoder:
                    try train(EncoderTraining(recipe, basis: basis, training: training, validation: validation))
                case .landmarks: try finder()
                case .segmenter: try segmenter()
                }
            guard outcome == .finished else { return false }
        }
        return true
    }

    private func train(_ task: some TrainingTask) throws -> TrainingLoop.Outcome {
        let outcome = try loop(of: task.name).run(task)
        if outcome == .finished { try record(task.validate(), of: task.name) }
        return outcome
    }

    private func judge() throws -> TrainingLoop.Outcome {
        let task = try ClassifierTraining(recipe, training: training, validation: validation)
        let outcome = try train(task)
        if outcome == .finished {
            try AttributeJudge.write(
                task.average, size: recipe.resolution, to: folder.appendingPathComponent("judge.safetensors").path)
        }
        return outcome
    }

    private func segmenter() throws -> TrainingLoop.Outcome {
        let task = try SegmenterTraining(recipe, training: training, validation: validation)
        let outcome = try train(task)
        if outcome == .finished {
            try RegionJudge.write(
                task.average, size: recipe.resolution, to: folder.appendingPathComponent("segmenter.safetensors").path)
        }
        return outcome
    }

    private func finder() throws -> TrainingLoop.Outcome {
        say("drawing faces of photos")
        let task = try LandmarkTraining(recipe, threads: threads)
        let outcome = try train(task)
        if outcome == .finished {
            // Beside the pack that it becomes a part of: to be imported into packs that were trained before.
            try task.average.save(
                to: folder.appendingPathComponent("landmarks.safetensors").path, storage: .float16, metadata: [:])
        }
        return outcome
    }

    /// Keeps the figures of a finished stage for the provenance.
    private func record(_ figures: [String: Double], of stage: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try encoder.encode(figures).write(to: self.figures(of: stage), options: .atomic)
        let text = figures.sorted { $0.key < $1.key }.map { "\($0.key) \(String(format: "%.4f", $0.value))" }
        say("\(stage): " + text.joined(separator: ", "))
    }

    private func figures(of stage: String) -> URL {
        folder.appendingPathComponent("\(stage).figures.json")
    }

    /// Writes `pack/` from the checkpoints as they stand, finished or not.
    ///
    /// - Throws: `TrainingError` where a stage has no checkpoint yet.
    public func writePack() throws -> ModelPack {
        let basis = try makeBasis()
        let few = FaceDataset(split: .validation, seed: recipe.seed, count: 64, size: recipe.resolution, threads: 1)
        let mapping = try MappingTraining(recipe, basis: basis)
        let generator = try GeneratorTraining(recipe, basis: basis, training: few, validation: few)
        let text = try TextEncoderTraining(recipe, basis: basis)
        let encoder = try EncoderTraining(recipe, basis: basis, training: few, validation: few)
        var small = recipe
        (small.data.training, small.data.validation) = (64, 16)
        let landmarks = try LandmarkTraining(small, threads: 1)
        var stages: [String: JSONValue] = [:]
        stages["mapping"] = try restore(mapping)
        stages["generator"] = try restore(generator)
        stages["text"] = try restore(text)
        stages["encoder"] = try restore(encoder)
        stages["landmarks"] = try restore(landmarks)
        let provenance = JSONValue.object([
            "route": .string(
                "supervised start: networks regressed from the parameters of rendered faces; not StyleGAN or TediGAN "
                    + "training, and of no use on real photographs"),
            "layerSplit": .string("outlines on coarse layers and colours on fine ones, imposed by training"),
            "recipe": try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(recipe)),
            "stages": .object(stages),
        ])
        return try PackBuilder(recipe, basis: basis).write(
            mapping: mapping, generator: generator, text: text, encoder: encoder, landmarks: landmarks,
            provenance: provenance,
            to: folder.appendingPathComponent("pack"))
    }

    private func restore(_ task: some TrainingTask) throws -> JSONValue {
        let state = try loop(of: task.name).restore(task)
        var entry: [String: JSONValue] = [
            "steps": .integer(Int64(state.step)), "examples": .integer(Int64(state.step * task.schedule.batch)),
            "processorSeconds": .integer(Int64(state.processorSeconds)),
            "revision": .integer(Int64(Recipe.revisions[task.name] ?? 0)),
        ]
        if let figures = try? Data(contentsOf: figures(of: task.name)) {
            entry["figures"] = try JSONDecoder().decode(JSONValue.self, from: figures)
        }
        return .object(entry)
    }
}
