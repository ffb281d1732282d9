import Foundation
import Layers
import Perception
import TediGAN
import Torch

/// Small untrained networks for any role of a pack.
enum SmallParts {
    static let styleGAN2 = StyleGAN2Configuration(
        resolution: 16, styleDimension: 16, mappingLayers: 2, channelMultiplier: 1, channelsMax: 8)

    /// Channels of a VGG16 that costs nothing.
    static let channels = [Int](repeating: 4, count: 13)

    static func tensors<Network>(
        _ seed: UInt64, _ build: (ParameterScope) throws(LayerError) -> Network
    ) throws -> [String: Tensor] {
        let store = ParameterStore(seed: seed, trains: false)
        _ = try store.build(build)
        return store.tensors
    }

    static func generator2(mean: Tensor? = nil) throws -> PackContents.Part {
        var tensors = try tensors(1) { scope throws(LayerError) in try StyleGAN2Generator(styleGAN2, in: scope) }
        // Noise counts for nothing in a fresh network.
        for (name, tensor) in tensors where name.hasSuffix("noise.weight") { try tensor.fill(0.3) }
        tensors["latent_avg"] = mean
        return try .init(.generator, .styleGAN2, styleGAN2, tensors)
    }

    static func encoder(_ role: PackRole, channels: Int, layers: Int = 6, width: Int = 16) throws -> PackContents.Part {
        let sizes = InversionEncoderConfiguration(
            resolution: 16, imageChannels: channels, layers: layers, wDimension: width, channelsBase: 4, channelsMax: 8)
        let tensors = try tensors(UInt64(channels)) { scope throws(LayerError) in
            try InversionEncoder(sizes, in: scope)
        }
        return try .init(role, .inversionEncoder, sizes, tensors)
    }

    static func perceptual() throws -> PackContents.Part {
        let tensors = try tensors(5) { scope throws(LayerError) in
            try PerceptualVGG16(in: scope, channels: channels)
        }
        return try .init(.perceptual, .perceptual, PerceptualSizes(channels: channels), tensors)
    }

    static func sentence() throws -> PackContents.Part {
        let sizes = SentenceSizes(
            vocabularySize: 7, embeddingWidth: 4, hiddenWidth: 8, layers: 1, bidirectional: true)
        let tensors = try tensors(6) { scope throws(LayerError) in
            try SentenceEncoder(in: scope, vocabularySize: 7, embeddingWidth: 4, hiddenWidth: 8)
        }
        return try .init(.sentence, .sentenceEncoder, sizes, tensors)
    }

    static func discriminator() throws -> PackContents.Part {
        let tensors = try tensors(7) { scope throws(LayerError) in
            try Discriminator(SmallModel.configuration, in: scope)
        }
        return try .init(.discriminator, .styleGANDiscriminator, SmallModel.configuration, tensors)
    }

    /// A pack of the small model with some more parts, or others in place of its own.
    static func withPack<Value>(
        adding parts: [PackContents.Part] = [], without roles: [PackRole] = [], _ body: (ModelPack) throws -> Value
    ) throws -> Value {
        var contents = try SmallModel.contents()
        for role in roles { contents[role] = nil }
        for part in parts { contents[part.description.role] = part }
        if contents[.text] == nil { contents.vocabulary = nil }
        return try SmallModel.withFolder { folder in
            try body(ModelPack.write(contents, to: folder.appendingPathComponent("pack").path, storage: nil))
        }
    }

    /// Pixels of no particular picture.
    static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 7) } }
}
