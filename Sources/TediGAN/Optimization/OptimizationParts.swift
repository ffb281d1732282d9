import Captions
import Perception
import Torch

/// The losses that a pack has networks for, and a generator with gradients.
final class OptimizationParts {
    /// The losses' names, in the order of an objective.
    static let names = ["pixel", "perceptual", "encoder", "start", "text", "clip", "identity"]

    let generator: PackGenerator
    let objective: InversionObjective
    private let pack: ModelPack
    private let device: Device
    private let encoder: PictureEncoder?
    private let features: PerceptualVGG16?
    private let identity: FaceIdentity?
    private let clip: CaptionedCLIP?
    /// Rows of the basis that a caption can claim of a layer.
    private let claimRows: Int
    private var objectives: [[String]: InstanceOptimization] = [:]

    init(_ faces: FaceSynthesis) throws(TediGANError) {
        (pack, device) = (faces.pack, faces.device)
        generator = try pack.faceGenerator(device: device)
        objective = pack.manifest.inversion ?? .published
        encoder = pack.has(.photo) ? try faces.encoder(.photo) : nil
        let side = pack.manifest.resolution
        let loaded = pack.has(.perceptual) ? try pack.perceptualFeatures(device: device) : nil
        features = try computing { () throws(TorchError) in
            try loaded.map { network throws(TorchError) in try network.frozen(side: side) }
        }
        identity = pack.has(.identity) ? try pack.faceIdentity(device: device) : nil
        clip = pack.readsCaptionsByCLIP ? try CaptionedCLIP(pack: pack, device: device) : nil
        let rows = faces.control.subspaces.values.reduce(0) { $0 + $1.dimension }
        claimRows = min(faces.control.width, max(1, rows))
    }

    /// The losses that count for a request, by name, with their weights.
    ///
    /// - Throws: ``TediGANError/invalid(_:)`` for a loss that is unknown, that the pack has no network for, or that
    ///   compares with what the request does not give.
    func weights(of request: OptimizationRequest) throws(TediGANError) -> [String: Double] {
        if request.losses.isEmpty { return defaults(of: request) }
        let counting = request.losses.filter { $0.value != 0 }
        guard !counting.isEmpty else { throw .invalid("an optimisation needs a loss with a weight other than 0") }
        for (name, weight) in counting.sorted(by: { $0.key < $1.key }) {
            try Self.check(name, weight, request, in: pack)
        }
        return counting
    }

    private static func check(
        _ name: String, _ weight: Double, _ request: OptimizationRequest, in pack: ModelPack
    ) throws(TediGANError) {
        guard names.contains(name) else {
            throw .invalid("there is no loss \(name); there are \(names.joined(separator: ", "))")
        }
        guard weight.isFinite, (0...1_000).contains(weight) else {
            throw .invalid("the weight of \(name) is \(weight); it must be in 0...1000")
        }
        let needsPhoto = ["pixel", "perceptual", "identity"].contains(name)
        guard request.photo != nil || !needsPhoto else {
            throw .invalid("the loss \(name) compares with a photo; give one")
        }
        guard !request.caption.isEmpty || name != "text" && name != "clip" else {
            throw .invalid("the loss \(name) compares with a caption; give one")
        }
        let roles: [String: PackRole] = [
            "perceptual": .perceptual, "encoder": .photo, "identity": .identity, "clip": .clip, "text": .text,
        ]
        if let role = roles[name], !pack.has(role) { throw .missing(path: pack.path, role) }
        guard name != "clip" || pack.readsCaptionsByCLIP else {
            throw .invalid("model pack \(pack.path) has CLIP, but not the words that it reads captions by")
        }
    }

    /// Checks a request without loading a network.
    static func check(_ request: OptimizationRequest, in pack: ModelPack) throws(TediGANError) {
        guard (1...100_000).contains(request.steps) else {
            throw .invalid("steps is \(request.steps); it must be in 1...100000")
        }
        guard request.photo != nil || !request.caption.isEmpty else {
            throw .invalid("an optimisation comes near to a photo or to a caption; give one")
        }
        for (name, weight) in request.losses.sorted(by: { $0.key < $1.key }) where weight != 0 {
            try check(name, weight, request, in: pack)
        }
        guard request.losses.isEmpty || request.losses.values.contains(where: { $0 != 0 }) else {
            throw .invalid("an optimisation needs a loss with a weight other than 0")
        }
        if let rate = request.learningRate {
            guard rate.isFinite, rate > 0, rate <= 1 else {
                throw .invalid("the learning rate is \(rate); it must be above 0 and at most 1")
            }
        }
    }

    /// What a photo calls for as the pack inverts photos, and what a caption calls for.
    private func defaults(of request: OptimizationRequest) -> [String: Double] {
        var weights: [String: Double] = [:]
        if request.photo != nil {
            weights["pixel"] = 1
            if features != nil { weights["perceptual"] = 5e-5 }
            weights[encoder == nil ? "start" : "encoder"] = objective.encoderWeight
        }
        if !request.caption.isEmpty {
            weights["text"] = request.photo == nil ? 1 : 0.05
            if clip != nil { weights["clip"] = 1 }
            // Without a photo nothing else holds the face where the generator is at home.
            if request.photo == nil { weights[encoder == nil ? "start" : "encoder"] = objective.encoderWeight }
        }
        return weights
    }

    /// How far the steps of a request go.
    func rate(of request: OptimizationRequest) -> LearningRate {
        var own = objective
        if let rate = request.learningRate { own.rate = rate }
        return own.learningRate(steps: request.steps)
    }

    /// The objective with losses of these names; weights are each face's own.
    func optimization(_ names: [String]) throws(TediGANError) -> InstanceOptimization {
        if let known = objectives[names] { return known }
        let terms = try names.map { name throws(TediGANError) in
            InstanceOptimization.Term(1, try loss(name))
        }
        let made = try InstanceOptimization(generator: generator, terms: terms)
        objectives[names] = made
        return made
    }

    private func loss(_ name: String) throws(TediGANError) -> any OptimizationLoss {
        switch name {
        case "pixel": return PixelLoss()
        case "start": return StartLoss()
        case "text": return ClaimedCodeLoss()
        case "perceptual":
            guard let features else { throw .missing(path: pack.path, .perceptual) }
            return PerceptualLoss(features)
        case "encoder":
            guard let encoder else { throw .missing(path: pack.path, .photo) }
            return EncoderLoss { images throws(TorchError) in try encoder.codes(ofImages: images) }
        case "identity":
            guard let identity else { throw .missing(path: pack.path, .identity) }
            return IdentityLoss(identity)
        case "clip":
            guard let clip else { throw .missing(path: pack.path, .clip) }
            return CLIPLoss(clip.network, clip.preparation)
        default: throw .invalid("there is no loss \(name)")
        }
    }

    /// What a face is compared with.
    func goal(
        _ request: OptimizationRequest, start: LatentCode,
        text: (code: LatentCode, claims: [ControlMechanism.Claim])?, names: [String]
    ) throws(TediGANError) -> OptimizationGoal {
        let image = try request.photo?.tensor(side: pack.manifest.resolution, device: device)
        let features: Tensor? =
            if names.contains("clip"), let clip { try clip.features(of: request.caption) } else { nil }
        let (rows, device) = (claimRows, device)
        return try computing { () throws(TorchError) in
            var goal = OptimizationGoal(start: try start.tensor(device: device), image: image, textFeatures: features)
            guard let text else { return goal }
            goal.textCode = try text.code.tensor(device: device)
            goal.textClaims = try OptimizationGoal.TextClaims(
                text.claims, width: start.width, rows: rows, device: device)
            return goal
        }
    }
}

/// CLIP with the words that it reads captions by.
struct CaptionedCLIP {
    let network: CLIP
    let preparation: CLIPImagePreparation
    private let tokenizer: BytePairTokenizer
    private let device: Device

    init(pack: ModelPack, device: Device) throws(TediGANError) {
        let network = try pack.clip(device: device)
        let sizes = network.configuration
        let side = pack.manifest.resolution
        preparation = try computing { () throws(TorchError) in
            try CLIPImagePreparation(.normalized, from: side, to: sizes.imageResolution, device: device)
        }
        do {
            tokenizer = try BytePairTokenizer(contentsOfFile: pack.path + "/" + PackFile.merges)
        } catch {
            throw .pack(path: pack.path, "\(error)")
        }
        (self.network, self.device) = (network, device)
    }

    /// A caption's features, [1, D].
    func features(of caption: String) throws(TediGANError) -> Tensor {
        let ids: [Int]
        do {
            let all = try tokenizer.encode(caption)
            // What is too long is cut, as published tools do on request.
            let most = network.configuration.contextLength
            ids = all.count > most ? Array(all.prefix(most - 1)) + [tokenizer.endToken] : all
        } catch {
            throw .invalid("\(error)")
        }
        return try computing { () throws(TorchError) in
            try withNoGradient { () throws(TorchError) in
                let tokens = try Tensor(ids.map(Int64.init), shape: [1, ids.count], device: device)
                return try network.textFeatures(tokens)
            }
        }
    }
}

extension ModelPack {
    /// Whether the pack has CLIP and the words that it reads captions by.
    var readsCaptionsByCLIP: Bool { has(.clip) && manifest.lists(PackFile.merges) }
}
