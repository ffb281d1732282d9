import FaceData
import Foundation
public import Images
public import Layers
public import TediGAN
public import Torch

/// Trains the synthesis network to draw the face of a known code: regression, the supervised start of the demo pack.
///
/// The codes are ``LatentBasis`` codes, the same on every layer. In half of each batch the coarse layers get the
/// colours of another face and the fine layers the outlines of another one, with the target unchanged, so that
/// outlines come from layers below 32 pixels and colours from the others; the pack's layer policy rests on this
/// split, which training imposes. The first steps draw at half resolution, where a step costs half. Beside the distance
/// of the pixels counts that in an observer's eyes, which sees a closed mouth where the pixels hardly differ.
///
/// This is not how StyleGAN or TediGAN are trained; the pack's provenance says so.
public final class GeneratorTraining: TrainingTask {
    /// `generator`.
    public let name = "generator"
    /// Length, batch, step size.
    public let schedule: Recipe.Schedule
    /// The weights being trained.
    public let store: ParameterStore
    /// Their average.
    public let average: ParameterStore
    private let configuration: GeneratorConfiguration
    private let network: GrowingSynthesis
    private let smooth: GrowingSynthesis
    private let growth: NetworkGrowth
    private let perceptual: PerceptualDistance?
    private let perceptualWeight: Double
    private let basis: LatentBasis
    private let training: FaceDataset
    private let validation: FaceDataset
    private let picturesLoss = PictureLoss()
    private var order: ExampleOrder
    private var others: ExampleOrder

    /// A fresh synthesis network for faces of the data sets' size.
    /// - Parameters:
    ///   - recipe: schedule, seed and sizes.
    ///   - basis: the codes of faces.
    ///   - perceptual: the distance in a network's eyes, if it counts.
    ///   - training: faces to learn from.
    ///   - validation: faces held out.
    init(
        _ recipe: Recipe, basis: LatentBasis, perceptual: PerceptualDistance?, training: FaceDataset,
        validation: FaceDataset
    ) throws {
        schedule = recipe.generator
        (self.basis, self.training, self.validation) = (basis, training, validation)
        let configuration = recipe.generatorConfiguration
        self.configuration = configuration
        growth = NetworkGrowth(
            first: recipe.resolution / 2, last: recipe.resolution, steps: schedule.steps,
            share: recipe.halfResolutionShare, fade: 0)
        perceptualWeight = recipe.perceptual
        self.perceptual = perceptual
        store = ParameterStore(seed: recipe.seed &+ 200, device: training.device)
        network = try GrowingSynthesis(configuration, sides: growth.sides, in: store)
        try Self.soften(store)
        average = try store.copied()
        smooth = try GrowingSynthesis(configuration, sides: growth.sides, in: average)
        order = ExampleOrder(seed: recipe.seed &+ 201, count: training.count)
        others = ExampleOrder(seed: recipe.seed &+ 202, count: training.count)
    }

    /// Weak styles and faint colours at the start: with full ones, regression falls into one bright spot.
    private static func soften(_ store: ParameterStore) throws {
        for entry in store.entries {
            if entry.path.hasSuffix("style_mod.dense.fc.weight") {
                try entry.tensor.copy(from: entry.tensor.detached() * 0.3)
            } else if entry.path.contains(".output"), entry.path.hasSuffix("conv.weight") {
                try entry.tensor.copy(from: entry.tensor.detached() * 0.2)
            }
        }
    }

    /// The picture loss of one batch.
    public func loss(at step: Int) throws -> (loss: Tensor, metrics: [String: Tensor]) {
        let indices = order.batch(step, of: schedule.batch)
        let codes = try mixedCodes(indices, others.batch(step, of: schedule.batch))
        var target = try training.pictures(indices)
        var weights = try training.weights(indices)
        let stage = growth.stage(at: step)
        if stage.side < configuration.resolution {
            target = try target.averagePool2d(2)
            weights = try weights.averagePool2d(2)
        }
        let drawn = try network(codes, stage)
        var metrics = ["absoluteError": try (drawn.detached() - target).abs().mean()]
        var loss = try picturesLoss(drawn, target, weights: weights)
        if let perceptual, stage.side == configuration.resolution {
            let seen = try perceptual(drawn, target)
            metrics["perceptual"] = try seen.detached()
            loss = try loss + seen * perceptualWeight
        }
        return (loss, metrics)
    }

    /// W+ codes [N, L, C] of faces; for half of the batch coarse and fine layers know only their own part.
    private func mixedCodes(_ indices: [Int], _ others: [Int]) throws -> Tensor {
        let colours = Set(FaceFeatures.colourIndices)
        var coarse = indices.map { training.faces[$0].features }
        var fine = coarse
        for row in 0..<indices.count / 2 {
            let other = training.faces[others[row]].features
            for feature in 0..<FaceFeatures.count {
                if colours.contains(feature) {
                    coarse[row][feature] = other[feature]
                } else {
                    fine[row][feature] = other[feature]
                }
            }
        }
        let shape = [indices.count, FaceFeatures.count]
        let layers = configuration.layers
        let split = LayerSplit.coarseLayers(of: layers)
        let coarseCode = try basis.code(of: Tensor(coarse.flatMap(\.self), shape: shape, device: store.device))
            .unsqueezed(1)
        let fineCode = try basis.code(of: Tensor(fine.flatMap(\.self), shape: shape, device: store.device)).unsqueezed(
            1)
        return try Tensor.cat(
            [coarseCode.repeated([1, split, 1]), fineCode.repeated([1, layers - split, 1])], axis: 1)
    }

    /// Held-out faces above, their drawings below.
    public func picture(at step: Int) throws -> RGBImage? {
        let indices = Array(0..<min(24, validation.count))
        let stage = growth.stage(at: step)
        let drawn = try withNoGradient {
            let code = try basis.code(of: validation.features(indices)).unsqueezed(1)
            return try smooth(code.repeated([1, configuration.layers, 1]), stage)
        }
        let target = try validation.pictures(indices)
        return try PictureGrid.rows(
            [target, stage.side < configuration.resolution ? try drawn.upsampleNearest(2) : drawn], columns: 12)
    }

    /// Errors on held-out faces, for the true code.
    public func validate() throws -> [String: Double] {
        let parts = validation.parts(of: 500)
        var (absolute, squared) = (0.0, 0.0)
        for part in parts {
            let error = try withNoGradient {
                let code = try basis.code(of: validation.features(part)).unsqueezed(1)
                let drawn = try smooth(code.repeated([1, configuration.layers, 1]), growth.stage(at: schedule.steps))
                return try drawn - validation.pictures(part)
            }
            absolute += try error.abs().mean().item() * Double(part.count)
            squared += try (error / 2).square().mean().item() * Double(part.count)
        }
        let count = Double(parts.joined().count)
        return ["absoluteError": absolute / count, "psnr": -10 * log10(squared / count)]
    }
}

/// Which layers of a code are coarse: those below 32 pixels, which the demo pack's training binds to outlines.
public enum LayerSplit {
    /// Number of coarse layers, from the first.
    public static func coarseLayers(of layers: Int) -> Int { min(6, layers - 2) }
}

extension Recipe {
    /// The generator that the recipe makes.
    public var generatorConfiguration: GeneratorConfiguration {
        let layers = 2 * (resolution.trailingZeroBitCount - 1)
        let sizes = GeneratorConfiguration(
            resolution: resolution, zDimension: networks.latentWidth, wDimension: networks.latentWidth,
            broadcastsW: true, finalTanh: true, truncationPsi: 0.8, truncationLayers: layers,
            featureMapsBase: networks.featureMapsBase, featureMapsMax: networks.featureMapsMax, mappingLayers: 4)
        guard route == .parameters else { return sizes }
        // The noise of the renderer's sampler, spread over knots, with codes of their own for every layer.
        var sampled = sizes
        (sampled.zDimension, sampled.broadcastsW) = (FaceSampler.dimension, false)
        sampled.truncationLayers = LayerSplit.coarseLayers(of: layers)
        (sampled.mappingWidth, sampled.mappingLearningRateMultiplier, sampled.mappingKnots) = (384, 1, 15)
        return sampled
    }
}
