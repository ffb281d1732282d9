import FaceData
import Foundation
import Layers
import TediGAN
import Torch

/// What stages that are done hand to those that stand on them, read from their checkpoints.
struct TrainingFoundations {
    private let recipe: Recipe
    private let folder: URL
    private let device: Device
    private let digest: (TrainingRun.Stage) throws -> String

    /// - Parameters:
    ///   - recipe: which networks.
    ///   - folder: where the checkpoints are.
    ///   - device: where the networks go.
    ///   - digest: what the checkpoint of a stage must be known by.
    init(
        _ recipe: Recipe, folder: URL, device: Device, digest: @escaping (TrainingRun.Stage) throws -> String
    ) {
        (self.recipe, self.folder, self.device, self.digest) = (recipe, folder, device, digest)
    }

    /// Whether a stage has a checkpoint.
    func has(_ stage: TrainingRun.Stage) -> Bool { FileManager.default.fileExists(atPath: path(stage)) }

    /// The averaged weights of a stage, and how far it has come.
    ///
    /// - Throws: `TrainingError` where there is no checkpoint, or one of another recipe.
    func average(of stage: TrainingRun.Stage) throws -> CheckpointPart {
        try Checkpoint.part("average", of: stage, at: path(stage), recipe: digest(stage))
    }

    /// A part of a stage that is done: what stands on one that is not would have to be done again, and would not know it.
    private func finished(_ part: String, of stage: TrainingRun.Stage) throws -> [String: Tensor] {
        let saved = try Checkpoint.part(part, of: stage, at: path(stage), recipe: digest(stage))
        guard saved.state.step >= recipe.schedule(of: stage).steps else {
            throw TrainingError("the stage \(stage.rawValue) is not finished yet: go on with it first")
        }
        return saved.tensors
    }

    /// The perceptual distance of a stage, where the recipe gives it one.
    func perceptualDistance(for stage: TrainingRun.Stage) throws -> PerceptualDistance? {
        guard recipe.perceptualWeight(of: stage) > 0 else { return nil }
        if !recipe.perceptualPack.isEmpty {
            return try PerceptualDistance(
                vggOf: ModelPack(opening: recipe.perceptualPack), size: recipe.resolution, device: device)
        }
        guard recipe.foundations(of: stage).contains(.observer) else { return nil }
        return try PerceptualDistance(
            observer: finished("average", of: .observer), size: recipe.resolution, device: device)
    }

    /// The generator, for running.
    func generator() throws -> Generator {
        var tensors = try finished("average", of: .generator)
        if recipe.route == .parameters {
            // An encoder before the synthesis network needs no noise; so the mapping network may be younger, or none.
            let store = ParameterStore(seed: 0, device: device, trains: false)
            _ = try store.build { scope throws(LayerError) in try Generator(recipe.generatorConfiguration, in: scope) }
            tensors.merge(store.tensors) { first, _ in first }
        }
        let store = ParameterStore(loading: tensors, device: device, trains: false)
        return try store.build { scope throws(LayerError) in try Generator(recipe.generatorConfiguration, in: scope) }
    }

    /// The encoder of photos, for running.
    func photoEncoder() throws -> InversionEncoder {
        let store = ParameterStore(loading: try finished("average", of: .encoder), device: device, trains: false)
        return try store.build { scope throws(LayerError) in
            try InversionEncoder(recipe.encoderConfiguration(of: .photo), in: scope)
        }
    }

    /// What an encoder of pictures is trained on.
    func ground(of modality: EncoderTraining.Modality, _ sources: TrainingSources) throws -> EncoderTraining.Ground {
        let stage: TrainingRun.Stage =
            switch modality {
            case .photo: .encoder
            case .sketch: .sketchEncoder
            case .labels: .labelEncoder
            }
        let perceptual = try perceptualDistance(for: stage)
        let generator = try generator()
        if recipe.route == .parameters {
            let basis = try sources.basis()
            return EncoderTraining.Ground(
                generator: generator,
                codes: { faces, indices in
                    guard let rendered = faces as? FaceDataset else {
                        throw TrainingError("only rendered faces have parameters")
                    }
                    return try basis.code(of: rendered.features(indices))
                },
                mean: nil, perceptual: perceptual, discriminator: nil)
        }
        guard modality != .photo else {
            let weights = recipe.inversion.adversarial > 0 ? try finished("opponent", of: .generator) : nil
            return EncoderTraining.Ground(
                generator: generator, codes: nil, mean: nil, perceptual: perceptual, discriminator: weights)
        }
        let photos = try photoEncoder().frozen()
        return EncoderTraining.Ground(
            generator: generator,
            codes: { faces, indices in try withNoGradient { try photos(faces.pictures(indices)) } },
            mean: try meanCode(photos, sources.faces(.training)), perceptual: perceptual, discriminator: nil)
    }

    /// The mean of the codes that an encoder finds, [L, C], over the first faces.
    private func meanCode(_ encoder: InversionEncoder, _ faces: any TrainingFaces) throws -> Tensor {
        try withNoGradient {
            let parts = try faces.parts(of: 512).map { try encoder(faces.pictures($0)) }
            return try Tensor.cat(parts).mean([0])
        }
    }

    private func path(_ stage: TrainingRun.Stage) -> String { TrainingLoop.checkpoint(of: stage.rawValue, in: folder) }
}
