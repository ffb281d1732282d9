import Layers
import Perception
import Testing
import Torch

extension GoldenNetwork {
    /// CLIP: the features of both towers and the logits.
    static let clip = GoldenNetwork(module: "CLIP image and text encoder") { manifest, dtype in
        let configuration = try CLIPConfiguration(manifest.settings)
        let weights = try manifest.weights()
        #expect(try CLIPConfiguration(shapes: weights.mapValues(\.shape)) == configuration)
        let clip = try ParameterStore(loading: weights, dtype: dtype, trains: false).build { scope throws(LayerError) in
            try CLIP(configuration, in: scope)
        }
        let ids = try manifest.integers("input.text_ids")
        return try withNoGradient {
            let images = try clip.imageFeatures(manifest.input("input.image", dtype: dtype))
            let texts = try clip.textFeatures(Tensor(ids.values.map(Int64.init), shape: ids.shape))
            let logits = try clip.logitsPerImage(imageFeatures: images, textFeatures: texts)
            return { name in
                switch name {
                case "image_features": images
                case "text_features": texts
                case "logits_per_image": logits
                default: throw GoldenError("no output \(name)")
                }
            }
        }
    }
}

extension CLIPConfiguration {
    /// The arguments of the reference's constructor.
    init(_ settings: GoldenSettings) throws {
        var settings = settings
        let patch = settings.integer("vision_patch_size", 0)
        self.init(
            embedDimension: settings.integer("embed_dim", 0),
            imageResolution: settings.integer("image_resolution", 0),
            visionLayers: settings.integers("vision_layers") ?? [], visionWidth: settings.integer("vision_width", 0),
            visionPatchSize: patch == 0 ? nil : patch, contextLength: settings.integer("context_length", 0),
            vocabularySize: settings.integer("vocab_size", 0),
            transformerWidth: settings.integer("transformer_width", 0),
            transformerHeads: settings.integer("transformer_heads", 0),
            transformerLayers: settings.integer("transformer_layers", 0))
        try settings.end()
    }
}
