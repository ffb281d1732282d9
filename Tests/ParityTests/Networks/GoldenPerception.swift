import Baselines
import Layers
import Perception
import TediGAN
import Torch

extension GoldenNetwork {
    /// VGG16 with the weights of Caffe: features of images of several sizes.
    static let perceptualVGG16 = GoldenNetwork(module: "VGG16 perceptual model") { manifest, dtype in
        var settings = manifest.settings
        try settings.require("output_layer_idx", .integer(23))
        try settings.require("min_val", .number(-1))
        try settings.require("max_val", .number(1))
        try settings.require("mean_bgr", .array([.number(103.939), .number(116.779), .number(123.68)]))
        let channels = settings.integers("vgg_channels") ?? PerceptualVGG16.publishedChannels
        try settings.end()
        let network = try manifest.build(dtype) { scope throws(LayerError) in
            try PerceptualVGG16(in: scope, channels: channels)
        }
        return { name in
            try withNoGradient {
                let images = try manifest.input("input.image" + suffix(name, "feat"), dtype: dtype)
                // The form that is only run must give the same.
                return try network.frozen(side: images.shape[2])(images)
            }
        }
    }

    /// LPIPS with either backbone: distances of pairs, and what each depth adds.
    static let lpips = GoldenNetwork(module: "LPIPS") { manifest, dtype in
        var settings = manifest.settings
        try settings.require("version", .string("0.1"))
        try settings.require("lpips", .bool(true))
        try settings.require("spatial", .bool(false))
        guard let backbone = settings.string("net").flatMap(LPIPS.Backbone.init) else {
            throw GoldenError("\(manifest.fixture): unknown backbone")
        }
        try settings.end()
        let network = try manifest.build(dtype) { scope throws(LayerError) in try LPIPS(backbone, in: scope) }
        return { name in
            try withNoGradient {
                let parts = name.split(separator: "_")
                guard parts.count == 2 else { throw GoldenError("no output \(name)") }
                let a = try manifest.input("input.image\(parts[1])_a", dtype: dtype)
                if parts[0] == "identical" { return try network(a, a).narrow(0, start: 0, length: 1) }
                let b = try manifest.input("input.image\(parts[1])_b", dtype: dtype)
                if parts[0] == "distance" { return try network(a, b) }
                return try numbered(String(parts[0]), "layer", network.distances(a, b))
            }
        }
    }

    /// ArcFace: directions of close crops and of portraits.
    static let faceIdentity = GoldenNetwork(module: "ArcFace IR-SE50 backbone") { manifest, dtype in
        var settings = manifest.settings
        let size = settings.integer("input_size", 112)
        let configuration = try IRBackbone.Configuration(&settings)
        try settings.end()
        let network = try manifest.build(dtype) { scope throws(LayerError) in
            try FaceIdentity(configuration, in: scope, size: size)
        }
        return { name in
            try withNoGradient {
                let crops = try network.crop(manifest.input("input.image256", dtype: dtype))
                switch name {
                case "pooled_256": return crops
                case "embedding_256": return try network(crops)
                case "id_cosine":
                    let both = try network(crops)
                    return try (both.select(0, index: 0) * both.select(0, index: 1)).sum()
                default:
                    return try network(manifest.input("input.image" + suffix(name, "embedding_"), dtype: dtype))
                }
            }
        }
    }

    /// pSp: codes and features.
    static let gradualStyleEncoder = GoldenNetwork(module: "pSp encoder") { manifest, dtype in
        var settings = manifest.settings
        let backbone = try IRBackbone.Configuration(&settings)
        let configuration = GradualStyleEncoderConfiguration(
            imageChannels: settings.integer("input_nc", 3), layers: settings.integer("n_styles", 18))
        try settings.end()
        guard backbone == IRBackbone.Configuration() else { throw GoldenError("pSp is built on IR-SE50 alone") }
        let encoder = try manifest.build(dtype) { scope throws(LayerError) in
            try GradualStyleEncoder(configuration, in: scope)
        }
        let images = try manifest.input("input.image", dtype: dtype)
        let features = try withNoGradient { try encoder.backbone.features(images, after: [0, 6, 20, 23]) }
        return { name in
            switch name {
            case "codes": try withNoGradient { try encoder(images) }
            case "body0": features[0]
            case "c1": features[1]
            case "c2": features[2]
            case "c3": features[3]
            default: throw GoldenError("no output \(name)")
            }
        }
    }

    /// The losses of DAMSM, with and without classes.
    static let damsmLosses = GoldenNetwork(module: "DAMSM word and sentence losses") { manifest, dtype in
        var settings = manifest.settings
        let loss = DAMSMLoss(
            attention: settings.double("gamma1", 4), words: settings.double("gamma2", 5),
            sharpness: settings.double("gamma3", 10))
        settings.ignore("batch", "nef", "regions")
        try settings.end()
        let regions = try manifest.input("input.img_features", dtype: dtype)
        let words = try manifest.input("input.words_emb", dtype: dtype)
        let images = try manifest.input("input.cnn_code", dtype: dtype)
        let sentences = try manifest.input("input.rnn_code", dtype: dtype)
        let lengths = try manifest.integers("input.lengths").values
        return { name in
            if name == "attention" {
                let caption = try words.narrow(0, start: 0, length: 1).narrow(2, start: 0, length: lengths[0])
                return try loss.attend(caption, regions.narrow(0, start: 0, length: 1)).weights
            }
            let parts = name.split(separator: ".")
            let classes = parts.count == 1 ? try manifest.integers("input.class_ids").values : nil
            let pair =
                name.hasPrefix("w_")
                ? try loss.word(regions, words, lengths: lengths, classes: classes)
                : try loss.sentence(images, sentences, classes: classes)
            switch parts[0].last {
            case "0": return pair.imageToText
            case "1": return pair.textToImage
            default: throw GoldenError("no output \(name)")
            }
        }
    }

    /// DF-GAN: the image and what leaves each block.
    static let dfgan = GoldenNetwork(module: "DF-GAN generator") { manifest, dtype in
        var settings = manifest.settings
        let configuration = DFGANGenerator.Configuration(
            features: settings.integer("ngf", 32), noise: settings.integer("nz", 100),
            sentence: settings.integer("cond_dim", 256), resolution: settings.integer("imsize", 256),
            imageChannels: settings.integer("ch_size", 3))
        try settings.end()
        let network = try manifest.build(dtype) { scope throws(LayerError) in
            try DFGANGenerator(configuration, in: scope)
        }
        let noise = try manifest.input("input.noise", dtype: dtype)
        let sentences = try manifest.input("input.sentence", dtype: dtype)
        return { name in
            try withNoGradient {
                name == "image"
                    ? try network(noise, sentences) : try numbered(name, "block", network.activations(noise, sentences))
            }
        }
    }

    /// What follows `prefix` in a name.
    private static func suffix(_ name: String, _ prefix: String) throws -> String {
        guard name.hasPrefix(prefix) else { throw GoldenError("no output \(name)") }
        return String(name.dropFirst(prefix.count))
    }
}

extension IRBackbone.Configuration {
    init(_ settings: inout GoldenSettings) throws {
        let mode = settings.string("mode") ?? "ir_se"
        guard ["ir", "ir_se"].contains(mode) else { throw GoldenError("unknown mode \(mode)") }
        self.init(depth: settings.integer("num_layers", 50), excites: mode == "ir_se")
    }
}
