import Captions
import Foundation
import Images
import Layers
import TediGAN
import Torch

/// A folder with small checkpoints, packs and pictures, which is removed afterwards.
struct Workshop {
    static let sizes = GeneratorConfiguration(
        resolution: 16, zDimension: 16, wDimension: 16, featureMapsBase: 128, featureMapsMax: 16, mappingLayers: 2)

    /// The demo pack and the judge of its faces.
    static var demo: (pack: String, judge: String) {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let resources = root.appendingPathComponent("Resources").path
        return (resources + "/Packs/demo-64", resources + "/Judges/demo-64.safetensors")
    }

    let folder: URL

    static func run<Value>(_ body: (Workshop) throws -> Value) throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(Workshop(folder: folder))
    }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
    }

    /// Writes tensors as a checkpoint.
    func checkpoint(_ name: String, _ tensors: [String: Tensor]) throws -> String {
        try SafeTensors.write(path(name), tensors)
        return path(name)
    }

    static func tensors<Network>(
        _ seed: UInt64, _ build: (ParameterScope) throws(LayerError) -> Network
    ) throws -> [String: Tensor] {
        let store = ParameterStore(seed: seed, trains: false)
        _ = try store.build(build)
        return store.tensors
    }

    static func generator(seed: UInt64 = 1) throws -> [String: Tensor] {
        try tensors(seed) { scope throws(LayerError) in try Generator(sizes, in: scope) }
    }

    static func encoderSizes(_ channels: Int = 3, width: Int = 16) -> InversionEncoderConfiguration {
        InversionEncoderConfiguration(
            resolution: 16, imageChannels: channels, wDimension: width, channelsBase: 4, channelsMax: 16)
    }

    static func encoder(channels: Int = 3, width: Int = 16) throws -> [String: Tensor] {
        let sizes = encoderSizes(channels, width: width)
        return try tensors(2) { scope throws(LayerError) in try InversionEncoder(sizes, in: scope) }
    }

    /// A pack that reads captions and photos.
    func pack(_ name: String) throws -> ModelPack {
        let vocabulary = Vocabulary(words: ["a", "man", "woman", "with", "beard"])
        let policy = LayerPolicy(attributes: [
            AttributePolicy(attribute: "Male", positive: ["man"], negative: ["woman"], layers: [0, 1]),
            AttributePolicy(attribute: "Beard", positive: ["beard"], layers: [2]),
        ])
        let text = TextEncoderConfiguration(
            vocabularySize: vocabulary.count, embeddingWidth: 8, hiddenWidth: 8, mappingWidth: 16, mappingLayers: 2,
            layers: 6, wDimension: 16)
        let store = ParameterStore(seed: 4)
        _ = try store.build { scope throws(LayerError) in try TextEncoder(text, in: scope) }
        let encoder = InversionEncoderConfiguration(resolution: 16, wDimension: 16, channelsBase: 4, channelsMax: 16)
        let contents = PackContents(
            name: name,
            parts: [
                try .init(.generator, .styleGAN, Self.sizes, Self.generator()),
                try .init(.text, .textEncoder, text, store.tensors),
                try .init(.photo, .inversionEncoder, encoder, Self.encoder()),
            ], vocabulary: vocabulary, policy: policy, styleCandidates: 4)
        return try ModelPack.write(contents, to: path(name), storage: nil)
    }

    /// Writes a picture of so many pixels.
    func picture(_ name: String, width: Int = 16, height: Int = 16) throws -> String {
        let bytes = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 5) }
        let image = try RGBImage(width: width, height: height, pixels: bytes)
        try Data(PNG.encode(image)).write(to: folder.appendingPathComponent(name))
        return path(name)
    }
}
