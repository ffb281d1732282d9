import Layers
import TediGAN
import Torch

extension GoldenNetwork {
    /// The generator of StyleGAN2 in three cases: from z, two z's mixed and truncated with given noise, from codes.
    static let styleGAN2 = GoldenNetwork(module: "StyleGAN2 generator") { manifest, dtype in
        var settings = manifest.settings
        let crossover = settings.integer("inject_index", 0)
        let psi = settings.double("truncation", 1)
        let configuration = StyleGAN2Configuration(
            resolution: settings.integer("size", 1024), styleDimension: settings.integer("style_dim", 512),
            mappingLayers: settings.integer("n_mlp", 8), channelMultiplier: settings.integer("channel_multiplier", 2))
        try settings.end()
        let generator = try manifest.build(dtype) { scope throws(LayerError) in
            try StyleGAN2Generator(configuration, in: scope)
        }
        return try withNoGradient {
            let w1 = try generator.map(manifest.input("input.z1", dtype: dtype))
            let first = try generator.activations(generator.broadcast(w1))
            return { name in
                try withNoGradient { try output(name, manifest, generator, w1, first, crossover, psi, dtype) }
            }
        }
    }

    private static func output(
        _ name: String, _ manifest: GoldenManifest, _ generator: StyleGAN2Generator, _ w1: Tensor,
        _ first: StyleGAN2Generator.Activations, _ crossover: Int, _ psi: Double, _ dtype: DType
    ) throws -> Tensor {
        switch name {
        case "w1": return w1
        // The form that workers run, with its constants folded, must give the same.
        case "A.image": return try generator.frozen().synthesize(generator.broadcast(w1))
        case "A.conv1": return first.layers[0]
        case "B.image", "B.latent":
            let w2 = try generator.map(manifest.input("input.z2", dtype: dtype))
            let mean = try manifest.input("input.truncation_latent", dtype: dtype)
            let codes = try generator.broadcast(
                generator.truncate(w1, towards: mean, psi: psi), generator.truncate(w2, towards: mean, psi: psi),
                crossover: crossover)
            if name == "B.latent" { return codes }
            let noise = try (0..<generator.configuration.noiseLayers).map {
                try manifest.input("input.noise_\($0)", dtype: dtype)
            }
            return try generator.synthesize(codes, noise: noise)
        case "C.image": return try generator.synthesize(manifest.input("input.wplus", dtype: dtype))
        default:
            if name.hasPrefix("A.convs") { return try numbered(name, "A.convs", Array(first.layers.dropFirst())) }
            return try numbered(name, "A.to_rgbs", Array(first.pictures.dropFirst()))
        }
    }
}
