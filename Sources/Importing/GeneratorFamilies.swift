import Baselines
import Layers
import TediGAN

extension NetworkFamily {
    /// StyleGAN's generator in the form of idinvert, with one code per layer or one for all.
    static let styleGAN = NetworkFamily(anchor: "synthesis.layer0.const") { shapes throws(LayerError) in
        let layers = shapes.count("synthesis.layer", ".epilogue.bias")
        let resolution = 4 << max(0, layers / 2 - 1)
        let width = try shapes.length("synthesis.layer0.epilogue.style_mod.dense.fc.weight", 1)
        let depth = shapes.count("mapping.dense", ".fc.weight")
        let outputs = try shapes.length("mapping.dense\(max(0, depth - 1)).fc.weight", 0)
        let broadcasts = outputs == width
        let most = try shapes.length("synthesis.layer0.const", 1)
        // Channels are base / size up to a maximum, so the first size that has fewer tells the base.
        var base = most * resolution
        for layer in stride(from: 0, to: layers, by: 2) {
            let channels = try shapes.length("synthesis.layer\(layer).epilogue.bias", 0)
            guard channels < most else { continue }
            base = channels * (4 << (layer / 2))
            break
        }
        let configuration = GeneratorConfiguration(
            resolution: resolution, zDimension: try shapes.length("mapping.dense0.fc.weight", 1), wDimension: width,
            // The published inversion generators alone have a code per layer, and a tanh at the end.
            broadcastsW: broadcasts, finalTanh: !broadcasts, featureMapsBase: base, featureMapsMax: most,
            mappingLayers: depth, mappingWidth: depth > 1 ? try shapes.length("mapping.dense0.fc.weight", 0) : nil)
        return try PublishedNetwork(
            .styleGAN, "StyleGAN generator, \(resolution) px, \(broadcasts ? "one code" : "a code per layer")",
            configuration
        ) { scope throws(LayerError) in _ = try Generator(configuration, in: scope) }
    }

    /// StyleGAN2's generator in the form of rosinality.
    static let styleGAN2 = NetworkFamily(anchor: "input.input", ignored: [PartFamily.meanName]) {
        shapes throws(LayerError) in
        let configuration = try StyleGAN2Configuration(
            generator: shapes, layers: 1 + shapes.count("convs.", ".conv.weight"))
        return try PublishedNetwork(.styleGAN2, "StyleGAN2 generator, \(configuration.resolution) px", configuration) {
            scope throws(LayerError) in _ = try StyleGAN2Generator(configuration, in: scope)
        }
    }

    /// Its discriminator.
    static let styleGAN2Discriminator = NetworkFamily(anchor: "final_linear.1.weight") { shapes throws(LayerError) in
        let blocks = shapes.count("convs.", ".conv1.0.weight", from: 1)
        let resolution = 4 << max(0, blocks)
        let most = try shapes.length("final_linear.1.weight", 1)
        let finest = try shapes.length("convs.0.0.weight", 0)
        let configuration = StyleGAN2Configuration(
            resolution: resolution, channelMultiplier: Self.multiplier(finest, at: resolution), channelsMax: most)
        return try PublishedNetwork(
            .styleGAN2Discriminator, "StyleGAN2 discriminator, \(resolution) px", configuration
        ) { scope throws(LayerError) in _ = try StyleGAN2Discriminator(configuration, in: scope) }
    }

    /// DF-GAN's generator of 2022.
    static let dfgan = NetworkFamily(anchor: "GBlocks.0.c1.weight") { shapes throws(LayerError) in
        let blocks = shapes.count("GBlocks.", ".c1.weight")
        let noise = try shapes.length("fc.weight", 1)
        let configuration = DFGANGenerator.Configuration(
            features: try shapes.length("GBlocks.\(max(0, blocks - 1)).c2.weight", 0), noise: noise,
            sentence: try shapes.length("GBlocks.0.fuse1.affine0.fc_gamma.linear1.weight", 1) - noise,
            resolution: 4 << blocks, imageChannels: try shapes.length("to_rgb.1.weight", 0))
        return try PublishedNetwork(
            .dfgan, "DF-GAN generator, \(configuration.resolution) px", configuration
        ) { scope throws(LayerError) in _ = try DFGANGenerator(configuration, in: scope) }
    }

    /// By how much the channels above 32 pixels exceed 16,384 / size.
    fileprivate static func multiplier(_ channels: Int, at resolution: Int) -> Int {
        resolution <= 32 ? 2 : max(1, channels * resolution / 16_384)
    }
}

extension StyleGAN2Configuration {
    fileprivate init(generator shapes: Shapes, layers: Int) throws(LayerError) {
        let resolution = 4 << ((layers - 1) / 2)
        let most = try shapes.length("input.input", 1)
        let finest = try shapes.length(layers == 1 ? "conv1.conv.weight" : "convs.\(layers - 2).conv.weight", 1)
        self.init(
            resolution: resolution, styleDimension: try shapes.length("style.1.weight", 1),
            mappingLayers: shapes.count("style.", ".weight", from: 1),
            channelMultiplier: NetworkFamily.multiplier(finest, at: resolution), channelsMax: most)
    }
}
