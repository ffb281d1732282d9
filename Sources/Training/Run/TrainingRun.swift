import Captions
import FaceCollections
import FaceData
public import Foundation
import Layers
public import TediGAN
public import Torch

/// A whole run of a recipe: gets the faces, trains each stage from its checkpoint on, and writes pack and judge.
///
/// Blocks its thread for the length of the run; keep it off the cooperative pool.
public final class TrainingRun {
    /// What can be trained, in the order in which the stages stand on each other.
    public enum Stage: String, CaseIterable, Sendable {
        case classifier, segmenter, observer, mapping, generator, encoder
        case text = "text-encoder"
        case sketchEncoder = "sketch-encoder"
        case labelEncoder = "label-encoder"
        case landmarks
    }

    /// What the run makes.
    public let recipe: Recipe
    /// Seconds between two checkpoints.
    public var checkpointInterval = 120.0
    private let folder: URL
    private let stop: StopSignal
    private let report: (TrainingLog.Line) -> Void
    private let threads: Int
    private let device: Device
    private let say: (String) -> Void
    private let sources: TrainingSources

    /// A run in `folder`, which keeps checkpoints, the log, pictures and what comes out.
    /// - Parameters:
    ///   - threads: threads of the renderer and of LibTorch.
    ///   - cacheBytes: most bytes of a data set's decoded pictures to keep in memory.
    ///   - device: where networks and pictures live.
    ///   - report: told of every report of a stage.
    ///   - say: told, in a line, of what begins and ends.
    public init(
        _ recipe: Recipe, folder: URL, threads: Int, cacheBytes: Int = 1 << 30, device: Device = .cpu, stop: StopSignal,
        report: @escaping (TrainingLog.Line) -> Void = { _ in }, say: @escaping (String) -> Void = { _ in }
    ) throws {
        try recipe.validate()
        (self.recipe, self.folder, self.threads) = (recipe, folder, threads)
        (self.stop, self.report, self.say) = (stop, report, say)
        if case .cuda(let index) = device {
            guard index < Torch.cudaDeviceCount else {
                throw TrainingError(
                    "the device \(device) is not there: LibTorch sees \(Torch.cudaDeviceCount) CUDA devices")
            }
            // A stage that goes on must come to the same end: no algorithm that adds in any order, no rounding to TF32.
            try Torch.setNumerics(allowTF32: false, benchmark: false, deterministic: true)
        }
        sources = TrainingSources(recipe, threads: threads, cacheBytes: cacheBytes, device: device, say: say)
        self.device = device
        Torch.configure()
        Torch.threadCount = threads
    }

    /// Trains `stages` in order.
    ///
    /// - Returns: whether everything asked for is finished.
    public func run(_ stages: [Stage]) throws -> Bool {
        for stage in stages {
            guard recipe.stages.contains(stage) else {
                throw TrainingError(
                    "the recipe has no stage \(stage.rawValue): its stages are "
                        + recipe.stages.map(\.rawValue).joined(separator: ", "))
            }
            if let objection = try sources.objection(to: stage) { throw TrainingError(objection) }
        }
        for stage in stages {
            guard try !isDone(stage) else {
                say("stage \(stage.rawValue) is done")
                continue
            }
            say("stage \(stage.rawValue)")
            try? FileManager.default.removeItem(at: figures(of: stage))
            do {
                guard try train(task(stage)) == .finished else { return false }
            } catch is StopSignal.Raised {
                return false
            }
        }
        return true
    }

    /// Whether a stage has been run to its end, and looked at.
    private func isDone(_ stage: Stage) throws -> Bool {
        let path = TrainingLoop.checkpoint(of: stage.rawValue, in: folder)
        let steps = try Checkpoint.steps(at: path, recipe: digest(of: stage)) ?? 0
        return steps >= recipe.schedule(of: stage).steps
            && FileManager.default.fileExists(atPath: figures(of: stage).path)
    }

    private func digest(of stage: Stage) throws -> String {
        try recipe.digest(of: stage, faces: sources.fingerprint())
    }

    private func loop(of stage: Stage) throws -> TrainingLoop {
        var loop = TrainingLoop(folder: folder, recipe: try digest(of: stage), stop: stop)
        loop.report = report
        loop.checkpointInterval = checkpointInterval
        return loop
    }

    /// What a stage trains, on the faces of the recipe.
    private func task(_ stage: Stage) throws -> any TrainingTask {
        let foundations = foundations
        return switch stage {
        case .classifier:
            try ClassifierTraining(recipe, training: sources.faces(.training), validation: sources.faces(.validation))
        case .segmenter:
            try SegmenterTraining(
                recipe, training: sources.faces(.training, wants: [.image, .labelMap]),
                validation: sources.faces(.validation, wants: [.image, .labelMap]))
        case .observer:
            try ObserverTraining(
                recipe, training: sources.rendered(.training), validation: sources.rendered(.validation))
        case .mapping: try MappingTraining(recipe, basis: sources.basis())
        case .generator where recipe.route == .parameters:
            try GeneratorTraining(
                recipe, basis: sources.basis(), perceptual: foundations.perceptualDistance(for: stage),
                training: sources.rendered(.training), validation: sources.rendered(.validation))
        case .generator:
            try AdversarialTraining(recipe, training: sources.faces(.training), validation: sources.faces(.validation))
        case .encoder: try encoder(.photo)
        case .sketchEncoder: try encoder(.sketch)
        case .labelEncoder: try encoder(.labels)
        case .text: try TextEncoderTraining(recipe, pairs: pairs())
        case .landmarks: try LandmarkTraining(recipe, threads: threads, device: device)
        }
    }

    private func encoder(_ modality: EncoderTraining.Modality) throws -> EncoderTraining {
        try EncoderTraining(
            recipe, modality, on: foundations.ground(of: modality, sources),
            training: sources.faces(.training, wants: modality.wants),
            validation: sources.faces(.validation, wants: modality.wants))
    }

    private func pairs() throws -> any TextPairs {
        guard recipe.route == .pictures else { return SampledPairs(recipe, basis: try sources.basis()) }
        let encoder = try foundations.photoEncoder()
        say("finding the codes of the faces")
        return try InvertedPairs(
            training: sources.faces(.training), heldOut: sources.faces(.validation), vocabulary: sources.vocabulary(),
            seed: recipe.seed &+ 402, stop: stop
        ) { pictures in try encoder(pictures) }
    }

    private func train(_ task: any TrainingTask) throws -> TrainingLoop.Outcome {
        guard let stage = Stage(rawValue: task.name) else { throw TrainingError("there is no stage \(task.name)") }
        let outcome = try loop(of: stage).run(task)
        guard outcome == .finished else { return outcome }
        try record(task.validate(), of: stage)
        switch stage {
        case .classifier:
            try AttributeJudge.write(task.average, size: recipe.resolution, to: path("judge.safetensors"))
        case .segmenter:
            try RegionJudge.write(task.average, size: recipe.resolution, to: path("segmenter.safetensors"))
        case .landmarks:
            // Beside the pack that it becomes a part of: to be imported into packs that were trained before.
            try task.average.save(to: path("landmarks.safetensors"), storage: .float16, metadata: [:])
        default: break
        }
        return outcome
    }

    private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    private var foundations: TrainingFoundations {
        TrainingFoundations(recipe, folder: folder, device: device) { stage in try self.digest(of: stage) }
    }

    /// Keeps the figures of a finished stage for the provenance.
    private func record(_ figures: [String: Double], of stage: Stage) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        // What could not be measured, such as an attribute that nobody has, is left out.
        let figures = figures.filter(\.value.isFinite)
        try encoder.encode(figures).write(to: self.figures(of: stage), options: .atomic)
        let text = figures.sorted { $0.key < $1.key }.map { "\($0.key) \(String(format: "%.4f", $0.value))" }
        say("\(stage.rawValue): " + text.joined(separator: ", "))
    }

    private func figures(of stage: Stage) -> URL {
        folder.appendingPathComponent("\(stage.rawValue).figures.json")
    }

    // MARK: The pack

    /// Writes a pack from the checkpoints as they stand, finished or not.
    ///
    /// A generator there must be; the other networks come along where they have been trained.
    ///
    /// - Throws: `TrainingError` where a stage that must be there has no checkpoint yet.
    public func writePack(to path: URL) throws -> ModelPack {
        let foundations = foundations
        var stages: [String: JSONValue] = [:]
        func part(_ stage: Stage) throws -> CheckpointPart {
            let saved = try foundations.average(of: stage)
            stages[stage.rawValue] = try history(of: stage, saved.state)
            return saved
        }
        var networks = TrainedNetworks(generator: try part(.generator).tensors)
        let isSampled = recipe.route == .parameters
        if isSampled { networks.generator.merge(try part(.mapping).tensors) { first, _ in first } }
        if foundations.has(.text) {
            let text = try part(.text)
            // As the stage has noted them: the padding word comes first by itself.
            let words = text.notes["vocabulary"]?.split(separator: "\n").map(String.init) ?? []
            networks.text = (text.tensors, Vocabulary(words: words))
        }
        for modality in EncoderTraining.Modality.allCases {
            guard let stage = Stage(rawValue: modality.rawValue), foundations.has(stage) else { continue }
            networks.encoders.append(
                (modality.role, recipe.encoderConfiguration(of: modality), try part(stage).tensors))
        }
        if foundations.has(.landmarks) { networks.landmarks = try part(.landmarks).tensors }
        let provenance = JSONValue.object([
            "route": .string(recipe.route.story), "layerSplit": .string(recipe.route.layerSplit),
            "recipe": try JSONValue(encoding: recipe.withoutPlaces), "stages": .object(stages),
        ])
        return try PackBuilder(recipe, basis: isSampled ? sources.basis() : nil).write(
            networks, provenance: provenance, to: path)
    }

    private func history(of stage: Stage, _ state: Checkpoint) throws -> JSONValue {
        var entry: [String: JSONValue] = [
            "steps": .integer(Int64(state.step)),
            "examples": .integer(Int64(state.step * recipe.schedule(of: stage).batch)),
            "revision": .integer(Int64(Recipe.revisions[stage] ?? 0)),
        ]
        if let figures = try? Data(contentsOf: figures(of: stage)) {
            entry["figures"] = try JSONDecoder().decode(JSONValue.self, from: figures)
        }
        return .object(entry)
    }
}

extension Recipe {
    /// The recipe without folders of the machine that it ran on.
    fileprivate var withoutPlaces: Recipe {
        var recipe = self
        (recipe.data.folder, recipe.perceptualPack) = (data.folder.isEmpty ? "" : "a data set", "")
        return recipe
    }
}

extension Recipe.Route {
    /// The route in words, for a pack's provenance.
    var story: String {
        switch self {
        case .parameters:
            "supervised start: networks regressed from the parameters of rendered faces; not StyleGAN or TediGAN "
                + "training, and of no use on real photographs"
        case .pictures:
            "the paper's: a generator trained against a discriminator on pictures alone, then encoders by image losses "
                + "before the frozen generator, and a text encoder by visual-linguistic similarity; where the faces are "
                + "rendered, the eye of the perceptual loss has learnt from the renderer's parameters"
        }
    }

    /// How layers came to carry what they carry.
    var layerSplit: String {
        switch self {
        case .parameters: "outlines on coarse layers and colours on fine ones, imposed by training"
        case .pictures: "as training without labels made it"
        }
    }
}
