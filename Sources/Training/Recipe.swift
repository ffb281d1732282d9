import Crypto
public import Foundation
import TediGAN

/// Everything that decides what a training run makes: two runs of one recipe on one machine make the same pack.
///
/// Read from a JSON file; a field left out keeps the value of the built-in recipe.
public struct Recipe: Codable, Sendable, Equatable {
    /// Name of the pack that comes out.
    public var name = "demo-64"
    /// Side of the pictures in pixels; a power of two, 16...256.
    public var resolution = 64
    /// Seed of initial weights, data order and noise.
    public var seed: UInt64 = 1
    /// Rendered faces to train on, and faces held out for validation; the splits never share a face.
    public var data = Data()
    /// The pack's networks.
    public var networks = Networks()
    /// Schedule of the mapping network (noise to the code of a face).
    public var mapping = Schedule(steps: 4_000, batch: 256, learningRate: 2e-3, averageDecay: 0.998)
    /// Schedule of the synthesis network (code to picture).
    public var generator = Schedule(steps: 32_000, batch: 8, learningRate: 3e-3, averageDecay: 0.998)
    /// Share of the generator's steps run at half resolution first.
    public var halfResolutionShare = 0.35
    /// Schedule of the text encoder (caption to code).
    public var text = Schedule(steps: 5_000, batch: 128, learningRate: 1.5e-3, averageDecay: 0.995)
    /// Weight of the ranking within a batch beside the text encoder's distance; 0 leaves it out.
    public var textRanking = 0.0
    /// Schedule of the inversion encoder (picture to code).
    public var encoder = Schedule(steps: 800, batch: 16, learningRate: 1e-3, averageDecay: 0.995)
    /// Schedule of the judge: a classifier of attributes that never trains the pack.
    public var classifier = Schedule(steps: 3_000, batch: 32, learningRate: 1e-3, averageDecay: 0.99)
    /// Schedule of the judge of regions, which never trains the pack either.
    public var segmenter = Schedule(steps: 2_000, batch: 16, learningRate: 2e-3, averageDecay: 0.99)
    /// Schedule of the network that finds faces in photos.
    public var landmarks = Schedule(steps: 6_000, batch: 32, learningRate: 2e-3, averageDecay: 0.998)

    /// The built-in recipe of the demo pack.
    public init() {}

    /// How many faces are rendered, and which.
    public struct Data: Codable, Sendable, Equatable {
        /// Faces to train on.
        public var training = 24_000
        /// Faces held out.
        public var validation = 1_000

        /// The built-in sizes.
        public init() {}
    }

    /// Sizes of the networks.
    public struct Networks: Codable, Sendable, Equatable {
        /// Width of a latent code, per layer.
        public var latentWidth = 128
        /// `fmaps_base` of the generator: channels at resolution r are min(base / r, max).
        public var featureMapsBase = 1_024
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
        try Recipe(json: Foundation.Data(contentsOf: url))
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
        for (stage, schedule) in [
            ("mapping", mapping), ("generator", generator), ("text", text), ("encoder", encoder),
            ("classifier", classifier), ("landmarks", landmarks),
            ("segmenter", segmenter),
        ] {
            guard (1...10_000_000).contains(schedule.steps), (1...4_096).contains(schedule.batch),
                schedule.learningRate > 0, schedule.learningRate < 1, (0..<1).contains(schedule.averageDecay)
            else { throw TrainingError("\(stage): steps, batch, learningRate or averageDecay is out of range") }
        }
        guard (0...1).contains(halfResolutionShare) else {
            throw TrainingError("halfResolutionShare \(halfResolutionShare): use a number from 0 to 1")
        }
        guard textRanking.isFinite, textRanking >= 0, textRanking <= 100 else {
            throw TrainingError("textRanking \(textRanking): use a number from 0 to 100")
        }
        guard textRanking == 0 || text.batch > 1 else {
            throw TrainingError("textRanking: a batch of one text has nothing to rank")
        }
        guard data.training >= 64, data.validation >= 16 else {
            throw TrainingError("data: at least 64 training and 16 validation faces are needed")
        }
    }
}

extension Recipe {
    /// SHA-256, in hexadecimal, of all that decides the outcome of one stage: a stage whose checkpoint bears it need
    /// not be run again when another stage's schedule changes.
    func digest(of stage: String) throws -> String {
        let schedule: Schedule? =
            switch stage {
            case "mapping": mapping
            case "generator": generator
            case "text": text
            case "encoder": encoder
            case "classifier": classifier
            case "landmarks": landmarks
            case "segmenter": segmenter
            default: nil
            }
        let decisive = Decisive(
            stage: stage, revision: Self.revisions[stage], resolution: resolution, seed: seed, data: data,
            networks: networks, schedule: schedule,
            halfResolutionShare: stage == "generator" ? halfResolutionShare : nil,
            // Left out where it is 0, so that checkpoints from before the option keep their name.
            textRanking: stage == "text" && textRanking > 0 ? textRanking : nil)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return SHA256.hash(data: try encoder.encode(decisive)).map { String(format: "%02x", $0) }.joined()
    }

    /// Counts changes of the code that decide what a stage makes: its loss, its data, constants of its networks.
    ///
    /// Whoever makes such a change raises the number, so that no checkpoint of the code before is taken for done.
    static let revisions = ["text": 2, "generator": 1]

    private struct Decisive: Encodable {
        let stage: String
        let revision: Int?
        let resolution: Int
        let seed: UInt64
        let data: Data
        let networks: Networks
        let schedule: Schedule?
        let halfResolutionShare: Double?
        let textRanking: Double?
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
