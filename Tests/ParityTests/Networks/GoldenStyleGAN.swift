import Layers
import TediGAN
import Torch

extension GoldenNetwork {
    /// The generator of idinvert: w, w+, images and the output of every layer.
    static let styleGAN = GoldenNetwork(module: "StyleGAN-1 generator") { manifest, dtype in
        let configuration = try GeneratorConfiguration(manifest.settings, tensors: manifest.tensors ?? [])
        let generator = try manifest.build(dtype) { scope throws(LayerError) in
            try Generator(configuration, in: scope)
        }
        let z = try manifest.input("input.z", dtype: dtype)
        return try withNoGradient {
            let w = try generator.mapping(generator.normalizedLatent(z))
            let codes = try generator.map(z)
            // Layers in the form that optimisation runs, with constants folded; whole images in the form that workers
            // run, which is for running only, and as they are trained.
            let activations = try generator.frozen().synthesis.activations(codes)
            return { name in
                switch name {
                case "w": return w
                case "w_from_raw_z": return try generator.mapping(z)
                case "wp": return codes
                case "image": return try generator.frozen(differentiable: false).synthesize(codes)
                case "image_from_wplus":
                    return try withNoGradient {
                        try generator.synthesize(manifest.input("input.wplus", dtype: dtype))
                    }
                default: return try numbered(name, "layer", activations)
                }
            }
        }
    }
}

extension GeneratorConfiguration {
    /// The arguments of the reference's constructor.
    init(_ settings: GoldenSettings, tensors: [GoldenManifest.Entry], prefix: String = "") throws {
        var settings = settings
        // Depth and width of the mapping network are no arguments of the reference; the tensors tell.
        let mapping = prefix + "mapping."
        let depth = tensors.count { $0.name.hasPrefix(mapping) && $0.name.hasSuffix("fc.weight") }
        let first = tensors.first { $0.name == mapping + "dense0.fc.weight" }
        try settings.require("randomize_noise", .bool(false))
        self.init(
            resolution: settings.integer("resolution", 1024), zDimension: settings.integer("z_space_dim", 512),
            wDimension: settings.integer("w_space_dim", 512), broadcastsW: settings.bool("repeat_w", true),
            finalTanh: settings.bool("final_tanh", false), truncationPsi: settings.double("truncation_psi", 1),
            truncationLayers: settings.integer("truncation_layers", 0),
            featureMapsBase: settings.integer("fmaps_base", 16_384),
            featureMapsMax: settings.integer("fmaps_max", 512), mappingLayers: depth,
            mappingWidth: depth > 1 ? first?.shape?.first : nil)
        try settings.end()
    }
}

/// The element of `list` that a name such as `layer3` asks for.
func numbered(_ name: String, _ prefix: String, _ list: [Tensor]) throws -> Tensor {
    guard name.hasPrefix(prefix), let index = Int(name.dropFirst(prefix.count)), list.indices.contains(index) else {
        throw GoldenError("no output \(name)")
    }
    return list[index]
}
