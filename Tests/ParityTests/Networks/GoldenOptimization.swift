import Layers
import Perception
import TediGAN
import Torch

extension GoldenNetwork {
    /// Instance-level optimisation: codes, gradient and images on the way.
    ///
    /// The losses of every step have a test of their own, since the manifest holds them.
    static let instanceOptimization = GoldenNetwork(module: "instance-level optimisation") { manifest, dtype in
        let run = try GoldenOptimization(manifest, dtype)
        return { name in
            switch name {
            case "w0": return run.start
            case "grad_step1": return run.firstGradient
            case "w_final": return run.codes[run.codes.count - 1]
            case "image_start": return try run.image(of: run.start)
            case "image_final": return try run.image(of: run.codes[run.codes.count - 1])
            default:
                guard name.hasPrefix("w"), let step = Int(name.dropFirst()), run.codes.indices.contains(step - 1) else {
                    throw GoldenError("no output \(name)")
                }
                return run.codes[step - 1]
            }
        }
    }
}

/// A whole optimisation under the settings of a manifest.
struct GoldenOptimization {
    /// E(x).
    let start: Tensor
    /// The code after each step.
    private(set) var codes: [Tensor] = []
    /// What each step saw.
    private(set) var reports: [InstanceOptimization.Report] = []
    /// The gradient of the first step.
    private(set) var firstGradient: Tensor
    private let generator: Generator

    init(_ manifest: GoldenManifest, _ dtype: DType) throws {
        var settings = manifest.settings
        let tensors = manifest.tensors ?? []
        guard let generatorSettings = settings.nested("generator"), let encoderSettings = settings.nested("encoder")
        else { throw GoldenError("\(manifest.fixture): no generator or no encoder") }
        let generatorConfiguration = try GeneratorConfiguration(generatorSettings, tensors: tensors, prefix: "G.")
        let encoderConfiguration = try InversionEncoderConfiguration(encoderSettings)
        let generator = try manifest.build(dtype, module: "G") { scope throws(LayerError) in
            try Generator(generatorConfiguration, in: scope)
        }
        let encoder = try manifest.build(dtype, module: "E") { scope throws(LayerError) in
            try InversionEncoder(encoderConfiguration, in: scope)
        }
        let channels = settings.integers("vgg_channels") ?? PerceptualVGG16.publishedChannels
        let features = try manifest.build(dtype, module: "F") { scope throws(LayerError) in
            try PerceptualVGG16(in: scope, channels: channels)
        }
        self.generator = try generator.frozen()
        let image = try manifest.input("input.image", dtype: dtype)
        start = try withNoGradient { try encoder(image) }
        var terms = [
            InstanceOptimization.Term(settings.double("loss_pix_weight", 1), PixelLoss()),
            InstanceOptimization.Term(settings.double("loss_feat_weight", 5e-5), PerceptualLoss(features)),
            InstanceOptimization.Term(
                settings.double("loss_reg_weight", 2), EncoderLoss { x throws(TorchError) in try encoder(x) }),
        ]
        var goal = OptimizationGoal(start: start, image: image)
        if let clip = try Self.textTerm(&settings, manifest, dtype) {
            terms.append(clip.term)
            goal.textFeatures = clip.features
        }
        let (steps, rate) = (settings.integer("steps", 0), settings.double("learning_rate", 0.01))
        try Self.requireAdam(&settings)
        settings.ignore("vgg_layers")
        try settings.end()
        let optimization = try InstanceOptimization(generator: self.generator, terms: terms, rate: .constant(rate))
        let face = try optimization.face(goal)
        firstGradient = start
        for step in 0..<steps {
            if let report = try optimization.step([face])[0] { reports.append(report) }
            if step == 0, let gradient = try face.code.gradient() { firstGradient = try gradient.clone() }
            codes.append(try face.code.detached().clone())
        }
    }

    func image(of code: Tensor) throws -> Tensor { try withNoGradient { try generator.images(of: code) } }

    private static func requireAdam(_ settings: inout GoldenSettings) throws {
        guard var adam = settings.nested("adam") else { return }
        try adam.require("beta1", .number(0.9))
        try adam.require("beta2", .number(0.999))
        try adam.require("eps", .number(1e-8))
        try adam.require("weight_decay", .integer(0))
        try adam.require("amsgrad", .bool(false))
        try adam.end()
    }
}

extension GoldenOptimization {
    /// The term that compares images with a text, and the text's features; nil where the manifest has none.
    private static func textTerm(
        _ settings: inout GoldenSettings, _ manifest: GoldenManifest, _ dtype: DType
    ) throws -> (term: InstanceOptimization.Term, features: Tensor)? {
        let weight = settings.double("loss_clip_weight", 0)
        guard let clip = settings.nested("clip"), weight != 0 else {
            settings.ignore("clip")
            return nil
        }
        let configuration = try CLIPConfiguration(clip)
        let model = try manifest.build(dtype, module: "C") { scope throws(LayerError) in
            try CLIP(configuration, in: scope)
        }
        let ids = try manifest.integers("input.text_ids")
        let features = try withNoGradient {
            try model.textFeatures(Tensor(ids.values.map(Int64.init), shape: ids.shape))
        }
        let size = try manifest.input("input.image", dtype: dtype).shape[2]
        let preparation = try CLIPImagePreparation(
            .published, from: size, to: configuration.imageResolution, dtype: dtype)
        return (.init(weight, CLIPLoss(model, preparation)), features)
    }
}
