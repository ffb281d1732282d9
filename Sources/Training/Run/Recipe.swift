public import Foundation
import TediGAN

/// Everything that decides what a training run makes: two runs of one recipe on the same faces, with as many threads on
/// the same kind of machine, make the same networks.
///
/// Read from a JSON file; a field left out keeps the value of the built-in recipe.
public struct Recipe: Codable, Sendable, Equatable {
    /// Name of the pack that comes out.
    public var name = "demo-64"
    /// How the generator comes to draw faces.
    public var route = Route.parameters
    /// Side of the pictures in pixels; a power of two, 16...256.
    public var resolution = 64
    /// Seed of initial weights, data order and noise.
    public var seed: UInt64 = 1
    /// Faces to train on, and faces held out for validation; the splits never share a face.
    public var data = Data()
    /// The pack's networks.
    public var networks = Networks()
    /// Schedule of the mapping network (noise to the code of a face), on the route by parameters.
    public var mapping = Schedule(steps: 12_000, batch: 256, learningRate: 2e-3, averageDecay: 0.998)
    /// Schedule of the generator: its synthesis network, or all of it and its opponent on the route by pictures.
    public var generator = Schedule(steps: 40_000, batch: 8, learningRate: 3e-3, averageDecay: 0.998)
    /// Share of the generator's steps run at half resolution first, on the route by parameters.
    public var halfResolutionShare = 0.35
    /// Weight of the distance in an observer's eyes beside that of the pixels, on the route by parameters.
    public var perceptual = 0.3
    /// The game of generator and discriminator, on the route by pictures.
    public var game = Game()
    /// Schedule of the text encoder (caption to code).
    public var text = Schedule(steps: 5_000, batch: 128, learningRate: 1.5e-3, averageDecay: 0.995)
    /// Weight of the ranking within a batch beside the text encoder's distance; 0 leaves it out.
    public var textRanking = 0.0
    /// Schedule of the inversion encoder (picture to code).
    public var encoder = Schedule(steps: 6_000, batch: 16, learningRate: 1e-3, averageDecay: 0.995)
    /// Schedule of the encoder of sketches.
    public var sketchEncoder = Schedule(steps: 3_000, batch: 16, learningRate: 1e-3, averageDecay: 0.995)
    /// Schedule of the encoder of label maps.
    public var labelEncoder = Schedule(steps: 3_000, batch: 16, learningRate: 1e-3, averageDecay: 0.995)
    /// What the encoders of pictures pay for.
    public var inversion = Inversion()
    /// Folder of a pack with a published VGG16 to be the eye of the perceptual terms; the observer's if empty.
    public var perceptualPack = ""
    /// Schedule of the observer, whose eyes the perceptual terms use.
    public var observer = Schedule(steps: 3_000, batch: 32, learningRate: 1e-3, averageDecay: 0.99)
    /// Schedule of the judge: a classifier of attributes that never trains the pack.
    public var classifier = Schedule(steps: 3_000, batch: 32, learningRate: 1e-3, averageDecay: 0.99)
    /// Schedule of the judge of regions, which never trains the pack either.
    public var segmenter = Schedule(steps: 2_000, batch: 16, learningRate: 2e-3, averageDecay: 0.99)
    /// Schedule of the network that finds faces in photos.
    public var landmarks = Schedule(steps: 6_000, batch: 32, learningRate: 2e-3, averageDecay: 0.998)

    /// The built-in recipe of the demo pack.
    public init() {}

    /// How a generator comes to draw faces.
    public enum Route: String, Codable, Sendable, CaseIterable {
        /// By regression from the renderer's parameters; for rendered faces alone, and no StyleGAN training.
        case parameters
        /// The paper's: by a game on pictures alone.
        case pictures
    }

    /// How many faces there are to learn from, and which.
    public struct Data: Codable, Sendable, Equatable {
        /// A data set's folder, in the layout of Multi-Modal CelebA-HQ; rendered faces if empty.
        ///
        /// Where it lies does not decide what comes out, so it is no part of what checkpoints are known by.
        public var folder = ""
        /// Most faces to train on.
        public var training = 24_000
        /// Most faces held out.
        public var validation = 1_000

        /// The built-in sizes.
        public init() {}
    }

    /// Sizes of the networks.
    public struct Networks: Codable, Sendable, Equatable {
        /// Width of a latent code, per layer.
        public var latentWidth = 128
        /// `fmaps_base` of the generator: channels at resolution r are min(base / r, max).
        public var featureMapsBase = 1_536
        /// `fmaps_max` of the generator.
        public var featureMapsMax = 128
        /// Width of a word embedding.
        public var wordWidth = 64
        /// Width of a sentence embedding: both directions of the LSTM together.
        public var sentenceWidth = 192
        /// Channels of the inversion encoder's stem.
        public var encoderWidth = 24
        /// Most channels of the inversion encoder.
        public var encoderMaximum = 96

        /// The built-in sizes.
        public init() {}
    }

    /// The game of generator and discriminator.
    public struct Game: Codable, Sendable, Equatable {
        /// Side of the first pictures in pixels; growth is gradual from there.
        public var firstResolution = 8
        /// Share of the steps at sizes below the last.
        public var growthShare = 0.5
        /// Share of a size's first steps in which it fades in.
        public var fade = 0.4
        /// Share of the batches whose faces have the styles of two codes.
        public var mixing = 0.9
        /// γ of the penalty R1.
        public var penalty = 1.0
        /// Steps from one penalty to the next.
        public var penaltyInterval = 16

        /// The built-in game.
        public init() {}
    }

    /// Weights of what encoders of pictures pay for.
    public struct Inversion: Codable, Sendable, Equatable {
        /// The share of the codes' variance that is missed, where the codes are known.
        public var code = 0.5
        /// The distance of the pixels.
        public var pixel = 2.0
        /// The distance in an observer's eyes.
        public var perceptual = 0.5
        /// The game against a discriminator, for photos on the route by pictures.
        public var adversarial = 0.05

        /// The built-in weights.
        public init() {}
    }

    /// Length, batch and step size of one stage.
    public struct Schedule: Codable, Sendable, Equatable {
        /// Optimiser steps.
        public var steps: Int
        /// Examples per step.
        public var batch: Int
        /// Peak learning rate of Adam.
        public var learningRate: Double
        /// Decay of the exponential moving average of the weights, per step.
        public var averageDecay: Double

        /// A schedule.
        public init(steps: Int, batch: Int, learningRate: Double, averageDecay: Double) {
            (self.steps, self.batch, self.learningRate, self.averageDecay) = (steps, batch, learningRate, averageDecay)
        }

        /// Learning rate at a step: a short linear warm-up, the peak, and a cosine fall over the last 60 %.
        public func rate(at step: Int) -> Double {
            let warmUp = min(1, Double(step + 1) / Double(min(200, max(1, steps / 20))))
            let progress = Double(step) / Double(max(1, steps))
            let fall = progress < 0.4 ? 1 : 0.5 * (1 + cos(.pi * (progress - 0.4) / 0.6))
            return learningRate * warmUp * max(0.01, fall)
        }
    }

    /// Reads a recipe; fields that are left out keep their built-in value, at every depth.
    ///
    /// - Throws: `TrainingError` for a field that a recipe does not have, or a value out of its range.
    public init(json: Foundation.Data) throws {
        let given = try JSONDecoder().decode(JSONValue.self, from: json)
        let base = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(Recipe()))
        let merged = try Self.merge(given, into: base, at: "")
        self = try JSONDecoder().decode(Recipe.self, from: JSONEncoder().encode(merged))
        try validate()
    }

    /// Reads the recipe file at `url`; see ``init(json:)``.
    public static func read(_ url: URL) throws -> Recipe {
        let data = try Foundation.Data(contentsOf: url)
        guard data.count <= 1 << 20 else { throw TrainingError("\(url.path) is no recipe: it has \(data.count) bytes") }
        return try Recipe(json: data)
    }

    /// The built-in values with those that are given put over them.
    private static func merge(_ given: JSONValue, into base: JSONValue, at path: String) throws -> JSONValue {
        guard case .object(var fields) = base else { return given }
        guard case .object(let others) = given else {
            throw TrainingError("recipe: \(path.isEmpty ? "it" : path) must be an object")
        }
        for (name, value) in others {
            let place = path.isEmpty ? name : "\(path).\(name)"
            guard let old = fields[name] else { throw TrainingError("recipe: there is no field \(place)") }
            fields[name] = try merge(value, into: old, at: place)
        }
        return .object(fields)
    }

    /// Throws where a value is out of its range.
    public func validate() throws(TrainingError) {
        guard (16...256).contains(resolution), resolution & (resolution - 1) == 0 else {
            throw TrainingError("resolution \(resolution): use a power of two from 16 to 256")
        }
        for stage in TrainingRun.Stage.allCases {
            let schedule = schedule(of: stage)
            guard (1...10_000_000).contains(schedule.steps), (1...4_096).contains(schedule.batch),
                schedule.learningRate > 0, schedule.learningRate < 1, (0..<1).contains(schedule.averageDecay)
            else {
                throw TrainingError("\(stage.rawValue): steps, batch, learningRate or averageDecay is out of range")
            }
        }
        try checkWeights()
        guard (0..<1).contains(halfResolutionShare) else {
            throw TrainingError("halfResolutionShare \(halfResolutionShare): use a number from 0 to less than 1")
        }
        guard textRanking == 0 || text.batch > 1 else {
            throw TrainingError("textRanking: a batch of one text has nothing to rank")
        }
        guard data.training >= 64, data.validation >= 16 else {
            throw TrainingError("data: at least 64 training and 16 validation faces are needed")
        }
        // Three bytes of colour and one of class for each pixel; a data set's faces stay on the disk.
        guard data.training <= Self.mostFaces, data.validation <= Self.mostFaces,
            !data.folder.isEmpty || data.training * resolution * resolution * 4 <= Self.mostBytes
        else { throw TrainingError("data: so many faces of this size do not fit into memory; use fewer") }
        try checkNetworks()
    }

    private static let mostFaces = 10_000_000
    private static let mostBytes = 64 << 30

    private func checkNetworks() throws(TrainingError) {
        guard networks.sentenceWidth % 2 == 0 else {
            throw TrainingError(
                "networks.sentenceWidth \(networks.sentenceWidth): use an even number, two directions share it")
        }
        for (name, width) in [("wordWidth", networks.wordWidth), ("sentenceWidth", networks.sentenceWidth)] {
            guard (1...8_192).contains(width) else {
                throw TrainingError("networks.\(name) \(width): use a number from 1 to 8192")
            }
        }
        do throws(TediGANError) {
            try generatorConfiguration.validate()
            try encoderConfiguration(of: .photo).validate()
        } catch {
            throw TrainingError("networks: \(error.description)")
        }
    }

    private func checkWeights() throws(TrainingError) {
        let weights = [
            ("textRanking", textRanking), ("perceptual", perceptual), ("inversion.code", inversion.code),
            ("inversion.pixel", inversion.pixel), ("inversion.perceptual", inversion.perceptual),
            ("inversion.adversarial", inversion.adversarial), ("game.penalty", game.penalty),
        ]
        for (name, weight) in weights where !(weight.isFinite && (0...100).contains(weight)) {
            throw TrainingError("\(name) \(weight): use a number from 0 to 100")
        }
        guard route == .pictures || data.folder.isEmpty else {
            throw TrainingError("data.folder: photos have no parameters to learn from; use the route \"pictures\"")
        }
        guard data.folder.isEmpty || !perceptualPack.isEmpty || inversion.perceptual == 0 else {
            throw TrainingError(
                "inversion.perceptual: photos are looked at by a published VGG16; name a pack that has one in "
                    + "perceptualPack (tedi-model import vgg16.pth --pack FOLDER), or set the weight to 0")
        }
        guard route == .pictures else { return }
        for (name, share) in [("growthShare", game.growthShare), ("fade", game.fade), ("mixing", game.mixing)] {
            guard (0...1).contains(share) else {
                throw TrainingError("game.\(name) \(share): use a number from 0 to 1")
            }
        }
        let sizes = max(0, resolution.trailingZeroBitCount - game.firstResolution.trailingZeroBitCount)
        guard
            sizes == 0 || (game.growthShare < 1 && 1 - game.growthShare >= game.fade * game.growthShare / Double(sizes))
        else {
            throw TrainingError("game.growthShare \(game.growthShare): no steps are left for the last size; use less")
        }
        guard (8...resolution).contains(game.firstResolution), game.firstResolution.nonzeroBitCount == 1 else {
            throw TrainingError("game.firstResolution: use a power of two from 8 to the resolution")
        }
        guard (1...1_000).contains(game.penaltyInterval) else {
            throw TrainingError("game.penaltyInterval \(game.penaltyInterval): use a number from 1 to 1000")
        }
        for (name, schedule) in [("generator", generator), ("encoder", encoder)] {
            guard schedule.batch < 4 || schedule.batch % 4 == 0 else {
                throw TrainingError("\(name).batch: a discriminator compares pictures in fours; use a multiple of 4")
            }
        }
    }
}

/// A training run that cannot go on, in words for the person who started it.
public struct TrainingError: Error, CustomStringConvertible, Equatable {
    /// What is wrong and what to do.
    public var description: String

    /// An error with its message.
    public init(_ description: String) {
        self.description = description
    }
}
