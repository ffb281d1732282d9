import Crypto
import Foundation
import TediGAN

extension Recipe {
    /// Length, batch and step size of a stage.
    func schedule(of stage: TrainingRun.Stage) -> Schedule {
        switch stage {
        case .classifier: classifier
        case .segmenter: segmenter
        case .observer: observer
        case .mapping: mapping
        case .generator: generator
        case .encoder: encoder
        case .text: text
        case .sketchEncoder: sketchEncoder
        case .labelEncoder: labelEncoder
        case .landmarks: landmarks
        }
    }

    /// The stages of the route, in the order in which they stand on each other.
    public var stages: [TrainingRun.Stage] {
        TrainingRun.Stage.allCases.filter { stage in
            switch stage {
            case .mapping: route == .parameters
            // What the renderer knows of a face is known of no photo.
            case .landmarks: data.folder.isEmpty
            case .observer: needsObserver
            default: true
            }
        }
    }

    private var needsObserver: Bool {
        data.folder.isEmpty && perceptualPack.isEmpty
            && TrainingRun.Stage.allCases.contains { perceptualWeight(of: $0) > 0 }
    }

    /// The stages whose outcome a stage uses.
    func foundations(of stage: TrainingRun.Stage) -> [TrainingRun.Stage] {
        let eye: [TrainingRun.Stage] = needsObserver && perceptualWeight(of: stage) > 0 ? [.observer] : []
        return switch (route, stage) {
        case (.parameters, .generator): eye
        case (_, .encoder), (.parameters, .sketchEncoder), (.parameters, .labelEncoder): [.generator] + eye
        case (.pictures, .sketchEncoder), (.pictures, .labelEncoder): [.generator, .encoder] + eye
        case (.pictures, .text): [.encoder]
        default: []
        }
    }

    /// SHA-256, in hexadecimal, of all that decides the outcome of one stage: a stage whose checkpoint bears it need
    /// not be run again when another stage's schedule changes.
    /// - Parameters:
    ///   - stage: which one.
    ///   - faces: what the data set is known by; empty for rendered faces.
    func digest(of stage: TrainingRun.Stage, faces: String) throws -> String {
        let decisive = Decisive(
            stage: stage.rawValue, revision: Self.revisions[stage] ?? 0, resolution: resolution, seed: seed,
            faces: faces.isEmpty ? "rendered" : faces, count: data.training, schedule: schedule(of: stage),
            options: try options(of: stage),
            foundations: try foundations(of: stage).map { foundation in try digest(of: foundation, faces: faces) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return SHA256.hash(data: try encoder.encode(decisive)).map { String(format: "%02x", $0) }.joined()
    }

    /// Counts changes of the code that decide what a stage makes: its loss, its data, constants of its networks.
    ///
    /// Whoever makes such a change raises the number, so that no checkpoint of the code before is taken for done.
    static let revisions: [TrainingRun.Stage: Int] = [.text: 3, .generator: 2, .encoder: 1]

    /// What else a stage depends on: its networks' widths, and what its loss is made of.
    private func options(of stage: TrainingRun.Stage) throws -> [String: JSONValue] {
        var options: [String: JSONValue] = [:]
        func width(_ name: String, _ value: Int) { options[name] = .integer(Int64(value)) }
        switch stage {
        case .classifier, .segmenter, .observer, .landmarks: return options
        case .mapping: break
        case .generator:
            width("featureMapsBase", networks.featureMapsBase)
            width("featureMapsMax", networks.featureMapsMax)
            if route == .pictures {
                options["game"] = try JSONValue(encoding: game)
            } else {
                options["halfResolutionShare"] = .number(halfResolutionShare)
                options["perceptual"] = .number(perceptual)
            }
        case .encoder, .sketchEncoder, .labelEncoder:
            width("encoderWidth", networks.encoderWidth)
            width("encoderMaximum", networks.encoderMaximum)
            options["inversion"] = try JSONValue(encoding: inversion)
        case .text:
            width("wordWidth", networks.wordWidth)
            width("sentenceWidth", networks.sentenceWidth)
            options["ranking"] = .number(textRanking)
        }
        width("latentWidth", networks.latentWidth)
        options["route"] = .string(route.rawValue)
        if perceptualWeight(of: stage) > 0, !perceptualPack.isEmpty {
            options["perceptualPack"] = .string(try ModelPack(opening: perceptualPack).digest)
        }
        return options
    }

    /// How much the distance in a network's eyes counts in a stage.
    func perceptualWeight(of stage: TrainingRun.Stage) -> Double {
        switch stage {
        case .generator: route == .parameters ? perceptual : 0
        case .encoder, .sketchEncoder, .labelEncoder: inversion.perceptual
        default: 0
        }
    }

    private struct Decisive: Encodable {
        let stage: String
        let revision: Int
        let resolution: Int
        let seed: UInt64
        let faces: String
        let count: Int
        let schedule: Schedule
        let options: [String: JSONValue]
        let foundations: [String]
    }
}
