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
            case .observer: data.folder.isEmpty && perceptualPack.isEmpty
            default: true
            }
        }
    }

    /// The stages whose outcome a stage uses.
    func foundations(of stage: TrainingRun.Stage) -> [TrainingRun.Stage] {
        let observed: [TrainingRun.Stage] = stages.contains(.observer) && inversion.perceptual > 0 ? [.observer] : []
        return switch (route, stage) {
        case (.parameters, .generator): perceptual > 0 && stages.contains(.observer) ? [.observer] : []
        case (_, .encoder): [.generator] + observed
        case (.parameters, .sketchEncoder), (.parameters, .labelEncoder): [.generator] + observed
        case (.pictures, .sketchEncoder), (.pictures, .labelEncoder): [.generator, .encoder] + observed
        case (.pictures, .text): [.encoder]
        default: []
        }
    }

    /// SHA-256, in hexadecimal, of all that decides the outcome of one stage: a stage whose checkpoint bears it need
    /// not be run again when another stage's schedule changes.
    func digest(of stage: TrainingRun.Stage) throws -> String {
        var data = data
        data.folder = data.folder.isEmpty ? "" : "photos"
        let decisive = Decisive(
            stage: stage.rawValue, revision: Self.revisions[stage] ?? 0, route: route, resolution: resolution,
            seed: seed,
            data: data, networks: networks, schedule: schedule(of: stage), options: try options(of: stage),
            foundations: try foundations(of: stage).map { foundation in try digest(of: foundation) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return SHA256.hash(data: try encoder.encode(decisive)).map { String(format: "%02x", $0) }.joined()
    }

    /// Counts changes of the code that decide what a stage makes: its loss, its data, constants of its networks.
    ///
    /// Whoever makes such a change raises the number, so that no checkpoint of the code before is taken for done.
    static let revisions: [TrainingRun.Stage: Int] = [.text: 3, .generator: 2, .encoder: 1]

    /// What else a stage depends on.
    private func options(of stage: TrainingRun.Stage) throws -> JSONValue {
        guard perceptualPack.isEmpty || ![.generator, .encoder, .sketchEncoder, .labelEncoder].contains(stage) else {
            var plain = self
            plain.perceptualPack = ""
            return .array([try plain.options(of: stage), .string(try ModelPack(opening: perceptualPack).digest)])
        }
        return switch (route, stage) {
        case (.parameters, .generator):
            .object(["halfResolutionShare": .number(halfResolutionShare), "perceptual": .number(perceptual)])
        case (.pictures, .generator): try JSONValue(encoding: game)
        case (_, .encoder), (_, .sketchEncoder), (_, .labelEncoder): try JSONValue(encoding: inversion)
        case (_, .text): .number(textRanking)
        default: .null
        }
    }

    private struct Decisive: Encodable {
        let stage: String
        let revision: Int
        let route: Route
        let resolution: Int
        let seed: UInt64
        let data: Data
        let networks: Networks
        let schedule: Schedule
        let options: JSONValue
        let foundations: [String]
    }
}
