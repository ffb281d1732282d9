import Captions
import Foundation
import Layers
import TediGAN
import Torch

/// A tiny untrained model with a policy, for tests of everything but quality.
enum SmallModel {
    static let configuration = GeneratorConfiguration(
        resolution: 16, zDimension: 16, wDimension: 16, truncationLayers: 3, featureMapsBase: 128, featureMapsMax: 16,
        mappingLayers: 2)

    static let vocabulary = Vocabulary(
        words: "a man woman she he with no beard hair blond black and hat".split(separator: " ").map(String.init))

    static let policy = LayerPolicy(attributes: [
        AttributePolicy(attribute: "Male", positive: ["he", "man"], negative: ["she", "woman"], layers: [0, 1]),
        AttributePolicy(
            attribute: "Beard", positive: ["beard"], negative: ["no beard"], layers: [1, 2], subspace: "beard"),
        AttributePolicy(attribute: "Blond_Hair", positive: ["blond hair"], layers: [4, 5], subspace: "hair"),
        AttributePolicy(attribute: "Black_Hair", positive: ["black hair"], layers: [4, 5], subspace: "hair"),
    ])

    static func contents(seed: UInt64 = 1, name: String = "small") throws -> PackContents {
        let generator = ParameterStore(seed: seed)
        _ = try generator.build { scope throws(LayerError) in try Generator(configuration, in: scope) }
        for entry in generator.entries where entry.path.hasSuffix("apply_noise.weight") { try entry.tensor.fill(0.3) }
        let text = ParameterStore(seed: seed &+ 1)
        let textConfiguration = TextEncoderConfiguration(
            vocabularySize: vocabulary.count, embeddingWidth: 8, hiddenWidth: 8, mappingWidth: 16, mappingLayers: 2,
            layers: configuration.layers, wDimension: configuration.wDimension)
        _ = try text.build { scope throws(LayerError) in try TextEncoder(textConfiguration, in: scope) }
        let encoder = ParameterStore(seed: seed &+ 2)
        let encoderConfiguration = InversionEncoderConfiguration(
            resolution: 16, wDimension: 16, channelsBase: 4, channelsMax: 8)
        _ = try encoder.build { scope throws(LayerError) in
            try InversionEncoder(encoderConfiguration, in: scope)
        }
        return try PackContents(
            name: name, generator: (configuration, generator), textEncoder: (textConfiguration, text),
            encoder: (encoderConfiguration, encoder), vocabulary: vocabulary, policy: policy,
            subspaces: ["beard": try .randn([2, 16], seed: 8), "hair": try .randn([3, 16], seed: 9)],
            styleCandidates: 8, provenance: .object(["recipe": .string("untrained")]))
    }

    /// Runs `body` with a folder that is removed afterwards.
    static func withFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    /// Runs `body` with a freshly written pack.
    static func withPack<Value>(storage: DType? = .float16, _ body: (ModelPack) throws -> Value) throws -> Value {
        try withFolder { folder in
            try body(ModelPack.write(contents(), to: folder.appendingPathComponent("pack").path, storage: storage))
        }
    }
}
