import Layers
import TediGAN
import Torch

/// Builds the networks of the golden data from a manifest and runs them.
enum GoldenNetworks {
    static let generatorModule = "StyleGAN-1 generator (idinvert PyTorch port)"
    static let sentenceModule = "DAMSM text encoder (bidirectional LSTM)"
    static let encoderModule = "idinvert encoder"

    /// Outputs of a manifest's network, by name.
    static func outputs(_ manifest: GoldenManifest, dtype: DType) throws -> (String) throws -> Tensor {
        switch manifest.module {
        case generatorModule: try generator(manifest, dtype)
        case sentenceModule: try sentence(manifest, dtype)
        case encoderModule: try encoder(manifest, dtype)
        default: throw GoldenError("no network for \(manifest.module)")
        }
    }

    private static func generator(
        _ manifest: GoldenManifest, _ dtype: DType
    ) throws -> (String) throws -> Tensor {
        let configuration = try generatorConfiguration(manifest)
        let store = ParameterStore(loading: try manifest.weights(), dtype: dtype, trains: false)
        let generator = try store.build { scope throws(LayerError) in try Generator(configuration, in: scope) }
        let z = try manifest.input("input.z", dtype: dtype)
        return try withNoGradient {
            let w = try generator.mapping(generator.normalizedLatent(z))
            let codes = try generator.map(z)
            let activations = try generator.synthesis.activations(codes)
            return { name in
                switch name {
                case "w": return w
                case "w_from_raw_z": return try generator.mapping(z)
                case "wp": return codes
                case "image": return try generator.frozen().synthesize(codes)
                case "image_from_wplus":
                    return try withNoGradient {
                        try generator.synthesize(manifest.input("input.wplus", dtype: dtype))
                    }
                default:
                    guard name.hasPrefix("layer"), let index = Int(name.dropFirst(5)),
                        activations.indices.contains(index)
                    else { throw GoldenError("no output \(name)") }
                    return activations[index]
                }
            }
        }
    }

    private static func generatorConfiguration(_ manifest: GoldenManifest) throws -> GeneratorConfiguration {
        var rest = manifest.config ?? [:]
        func take(_ key: String) -> JSONValue? { rest.removeValue(forKey: key) }
        // Depth and width of the mapping network are no arguments of the reference; the tensors tell.
        let depth = (manifest.tensors ?? []).count { $0.name.hasPrefix("mapping.") && $0.name.hasSuffix("fc.weight") }
        let first = manifest.tensors?.first { $0.name == "mapping.dense0.fc.weight" }
        let width = depth > 1 ? first?.shape?.first : nil
        let configuration = GeneratorConfiguration(
            resolution: take("resolution")?.integer ?? 1024, zDimension: take("z_space_dim")?.integer ?? 512,
            wDimension: take("w_space_dim")?.integer ?? 512, broadcastsW: take("repeat_w")?.bool ?? true,
            finalTanh: take("final_tanh")?.bool ?? false, truncationPsi: take("truncation_psi")?.double ?? 1,
            truncationLayers: take("truncation_layers")?.integer ?? 0,
            featureMapsBase: take("fmaps_base")?.integer ?? 16_384,
            featureMapsMax: take("fmaps_max")?.integer ?? 512, mappingLayers: depth, mappingWidth: width)
        guard take("randomize_noise")?.bool != true else {
            throw GoldenError("\(manifest.fixture): random noise cannot be compared")
        }
        guard rest.isEmpty else { throw GoldenError("\(manifest.fixture): unknown settings \(rest.keys.sorted())") }
        return configuration
    }

    private static func sentence(
        _ manifest: GoldenManifest, _ dtype: DType
    ) throws -> (String) throws -> Tensor {
        var rest = manifest.config ?? [:]
        func take(_ key: String) -> JSONValue? { rest.removeValue(forKey: key) }
        let store = ParameterStore(loading: try manifest.weights(), dtype: dtype, trains: false)
        let (size, width) = (take("ntoken")?.integer ?? 0, take("ninput")?.integer ?? 300)
        let (hidden, layers) = (take("nhidden_total")?.integer ?? 256, take("nlayers")?.integer ?? 1)
        let bidirectional = take("bidirectional")?.bool ?? true
        guard rest.isEmpty else { throw GoldenError("\(manifest.fixture): unknown settings \(rest.keys.sorted())") }
        let encoder = try store.build { scope throws(LayerError) in
            try SentenceEncoder(
                in: scope, vocabularySize: size, embeddingWidth: width, hiddenWidth: hidden, layers: layers,
                bidirectional: bidirectional)
        }
        let ids = try manifest.integers("input.ids")
        let tensor = try Tensor(ids.values.map(Int64.init), shape: ids.shape)
        let (words, last) = try withNoGradient {
            try encoder(tensor, lengths: manifest.integers("input.lengths").values)
        }
        return { name in
            switch name {
            case "words_emb": words
            case "sent_emb": last
            default: throw GoldenError("no output \(name)")
            }
        }
    }

    private static func encoder(
        _ manifest: GoldenManifest, _ dtype: DType
    ) throws -> (String) throws -> Tensor {
        let config = manifest.config ?? [:]
        guard config["use_wscale"]?.bool == false, config["use_bn"]?.bool == true else {
            throw GoldenError("\(manifest.fixture): only the published form of the encoder is built")
        }
        let configuration = InversionEncoderConfiguration(
            resolution: config["resolution"]?.integer ?? 256, wDimension: config["w_space_dim"]?.integer ?? 512,
            channelsBase: config["encoder_channels_base"]?.integer ?? 64,
            channelsMax: config["encoder_channels_max"]?.integer ?? 1024)
        let store = ParameterStore(loading: try manifest.weights(), dtype: dtype, trains: false)
        let encoder = try store.build { scope throws(LayerError) in try InversionEncoder(configuration, in: scope) }
        let activations = try withNoGradient {
            try encoder.activations(manifest.input("input.image", dtype: dtype))
        }
        return { name in
            if name == "code", let last = activations.last { return last }
            guard name.hasPrefix("block"), let index = Int(name.dropFirst(5)), activations.indices.contains(index)
            else { throw GoldenError("no output \(name)") }
            return activations[index]
        }
    }
}
