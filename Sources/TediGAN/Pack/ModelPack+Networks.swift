public import Layers
public import Perception
public import Torch

// All networks are loaded strictly, in inference form, into `dtype` whatever is stored, on `device`.

extension ModelPack {
    /// Builds the network that has a role, over its tensors alone.
    ///
    /// - Parameters:
    ///   - role: which network.
    ///   - dtype: the type that it computes in.
    ///   - device: where it runs.
    ///   - build: makes the network of the part's sizes.
    /// - Throws: ``TediGANError/missing(path:_:)`` where the pack has none; ``TediGANError/layers(_:)`` naming every
    ///   tensor that is missing, extra or misshapen.
    public func network<Network>(
        _ role: PackRole, dtype: DType = .float32, device: Device = .cpu,
        _ build: (PackPart, ParameterScope) throws(LayerError) -> Network
    ) throws(TediGANError) -> Network {
        let part = try part(role)
        var tensors = try Self.tensors(path + "/" + part.file)
        if part.family.hasMeanBeside { tensors[PartFamily.meanName] = nil }
        let store = ParameterStore(loading: tensors, dtype: dtype, device: device, trains: false)
        return try building { () throws(LayerError) in
            try store.build { scope throws(LayerError) in try build(part, scope) }
        }
    }

    /// The description of the network that has a role.
    ///
    /// - Throws: ``TediGANError/missing(path:_:)`` where the pack has none.
    public func part(_ role: PackRole) throws(TediGANError) -> PackPart {
        guard let part = manifest.part(role) else { throw .missing(path: path, role) }
        return part
    }

    /// Whether the pack has a network for a role.
    public func has(_ role: PackRole) -> Bool { manifest.part(role) != nil }

    /// The generator of a pack with StyleGAN.
    ///
    /// See ``faceGenerator(differentiable:precision:dtype:device:)`` for one of either kind.
    public func generator(dtype: DType = .float32, device: Device = .cpu) throws(TediGANError) -> Generator {
        let sizes: GeneratorConfiguration = try sizes(.generator, of: .styleGAN)
        return try network(.generator, dtype: dtype, device: device) { _, scope throws(LayerError) in
            try Generator(sizes, in: scope)
        }
    }

    /// The generator, of whichever kind, with its constants folded.
    ///
    /// - Parameters:
    ///   - differentiable: whether gradients by the codes are needed.
    ///   - precision: type of the pixels inside, see ``Generator/frozen(differentiable:precision:)``; that of the
    ///     numbers if nil.
    ///   - dtype: the type that the rest computes in.
    ///   - device: where it runs.
    public func faceGenerator(
        differentiable: Bool = true, precision: DType? = nil, dtype: DType = .float32, device: Device = .cpu
    ) throws(TediGANError) -> PackGenerator {
        if try part(.generator).family != .styleGAN2 {
            let network = try generator(dtype: dtype, device: device)
            return try computing { () throws(TorchError) in
                try PackGenerator(network.frozen(differentiable: differentiable, precision: precision))
            }
        }
        guard precision == nil || precision == dtype else {
            throw .invalid("StyleGAN2 has no form with pixels of another type than its weights")
        }
        let sizes: StyleGAN2Configuration = try sizes(.generator, of: .styleGAN2)
        let network = try network(.generator, dtype: dtype, device: device) { _, scope throws(LayerError) in
            try StyleGAN2Generator(sizes, in: scope)
        }
        let stored = try mean(beside: .generator, dtype: dtype, device: device)
        return try computing { () throws(TorchError) in try PackGenerator(network.frozen(), mean: stored) }
    }

    /// The text encoder.
    public func textEncoder(dtype: DType = .float32, device: Device = .cpu) throws(TediGANError) -> TextEncoder {
        let sizes: TextEncoderConfiguration = try sizes(.text, of: .textEncoder)
        return try network(.text, dtype: dtype, device: device) { _, scope throws(LayerError) in
            try TextEncoder(sizes, in: scope)
        }
    }

    /// The encoder of photos, sketches or label maps.
    ///
    /// - Parameter role: `.photo`, `.sketch` or `.labels`.
    public func pictureEncoder(
        _ role: PackRole, dtype: DType = .float32, device: Device = .cpu
    ) throws(TediGANError) -> PictureEncoder {
        switch try part(role).family {
        case .inversionEncoder:
            let sizes: InversionEncoderConfiguration = try sizes(role, of: .inversionEncoder)
            let encoder = try network(role, dtype: dtype, device: device) { _, scope throws(LayerError) in
                try InversionEncoder(sizes, in: scope)
            }
            return try computing { () throws(TorchError) in PictureEncoder(try encoder.frozen()) }
        case .gradualStyleEncoder:
            let sizes: GradualStyleEncoderConfiguration = try sizes(role, of: .gradualStyleEncoder)
            let encoder = try network(role, dtype: dtype, device: device) { _, scope throws(LayerError) in
                try GradualStyleEncoder(sizes, in: scope)
            }
            let own = try mean(beside: role, dtype: dtype, device: device)
            if let own { return PictureEncoder(encoder, mean: own) }
            return PictureEncoder(encoder, mean: try faceGenerator(dtype: dtype, device: device).mean)
        default: throw .invalid("the \(role.title) reads no pictures")
        }
    }

    /// The features of the perceptual loss.
    public func perceptualFeatures(
        dtype: DType = .float32, device: Device = .cpu
    ) throws(TediGANError) -> PerceptualVGG16 {
        let sizes: PerceptualSizes = try sizes(.perceptual, of: .perceptual)
        return try network(.perceptual, dtype: dtype, device: device) { _, scope throws(LayerError) in
            try PerceptualVGG16(in: scope, channels: sizes.channels)
        }
    }

    /// LPIPS.
    public func lpips(
        _ backbone: LPIPS.Backbone, dtype: DType = .float32, device: Device = .cpu
    ) throws(TediGANError) -> LPIPS {
        try network(backbone == .alex ? .lpipsAlex : .lpipsVGG, dtype: dtype, device: device) {
            _, scope throws(LayerError) in try LPIPS(backbone, in: scope)
        }
    }

    /// The identity network.
    public func faceIdentity(dtype: DType = .float32, device: Device = .cpu) throws(TediGANError) -> FaceIdentity {
        let sizes: IdentitySizes = try sizes(.identity, of: .identity)
        return try network(.identity, dtype: dtype, device: device) { _, scope throws(LayerError) in
            try FaceIdentity(.init(depth: sizes.depth, excites: sizes.excites), in: scope, size: sizes.size)
        }
    }

    /// CLIP.
    public func clip(dtype: DType = .float32, device: Device = .cpu) throws(TediGANError) -> CLIP {
        let sizes: CLIPConfiguration = try sizes(.clip, of: .clip)
        return try network(.clip, dtype: dtype, device: device) { _, scope throws(LayerError) in
            try CLIP(sizes, in: scope)
        }
    }

    /// The Inception network of the FID.
    public func inception(dtype: DType = .float32, device: Device = .cpu) throws(TediGANError) -> InceptionV3 {
        try network(.inception, dtype: dtype, device: device) { _, scope throws(LayerError) in
            try InceptionV3(in: scope)
        }
    }

    /// The network that finds a face's points; ``LandmarkFinder`` runs it over photos.
    public func landmarkNetwork(dtype: DType = .float32, device: Device = .cpu) throws(TediGANError) -> LandmarkNetwork
    {
        let sizes: LandmarkSizes = try sizes(.landmarks, of: .landmarks)
        return try network(.landmarks, dtype: dtype, device: device) { _, scope throws(LayerError) in
            try LandmarkNetwork(in: scope, width: sizes.width)
        }
    }

    /// DAMSM's text encoder.
    public func sentenceEncoder(dtype: DType = .float32, device: Device = .cpu) throws(TediGANError) -> SentenceEncoder
    {
        let sizes: SentenceSizes = try sizes(.sentence, of: .sentenceEncoder)
        return try network(.sentence, dtype: dtype, device: device) { _, scope throws(LayerError) in
            try SentenceEncoder(
                in: scope, vocabularySize: sizes.vocabularySize, embeddingWidth: sizes.embeddingWidth,
                hiddenWidth: sizes.hiddenWidth, layers: sizes.layers, bidirectional: sizes.bidirectional)
        }
    }

    /// What tells drawn pictures from real ones: images [N, 3, R, R] to scores [N], high for what looks real.
    func discriminate(device: Device = .cpu) throws(TediGANError) -> (Tensor) throws(TorchError) -> Tensor {
        if try part(.discriminator).family == .styleGAN2Discriminator {
            let sizes: StyleGAN2Configuration = try sizes(.discriminator, of: .styleGAN2Discriminator)
            let network = try network(.discriminator, device: device) { _, scope throws(LayerError) in
                try StyleGAN2Discriminator(sizes, in: scope)
            }
            return { images throws(TorchError) in try network(images) }
        }
        let sizes: GeneratorConfiguration = try sizes(.discriminator, of: .styleGANDiscriminator)
        let network = try network(.discriminator, device: device) { _, scope throws(LayerError) in
            try Discriminator(sizes, in: scope)
        }
        return { images throws(TorchError) in try network(images) }
    }

    /// The judge of attributes, and the names of what it tells.
    public func attributeClassifier(
        device: Device = .cpu
    ) throws(TediGANError) -> (network: AttributeClassifier, names: [String]) {
        let sizes: JudgeSizes = try sizes(.attributes, of: .attributes)
        let network = try network(.attributes, device: device) { _, scope throws(LayerError) in
            try AttributeClassifier(in: scope, size: sizes.size, attributes: sizes.names.count, width: sizes.width)
        }
        return (network, sizes.names)
    }

    /// The judge of regions, and the names of what it tells.
    public func faceSegmenter(
        device: Device = .cpu
    ) throws(TediGANError) -> (network: FaceSegmenter, names: [String]) {
        let sizes: JudgeSizes = try sizes(.regions, of: .regions)
        let network = try network(.regions, device: device) { _, scope throws(LayerError) in
            try FaceSegmenter(in: scope, size: sizes.size, regions: sizes.names.count, width: sizes.width)
        }
        return (network, sizes.names)
    }

    /// The sizes of a network of one family.
    func sizes<Sizes: Codable>(_ role: PackRole, of family: PartFamily) throws(TediGANError) -> Sizes {
        let part = try part(role)
        guard part.family == family else {
            throw .invalid("the \(role.title) is of the family \(part.family.rawValue), not \(family.rawValue)")
        }
        return try part.sizes()
    }

    /// The mean code that lies beside a network's tensors, [1, C] or [1, L, C]; nil where none does.
    private func mean(
        beside role: PackRole, dtype: DType, device: Device
    ) throws(TediGANError) -> Tensor? {
        let part = try part(role)
        guard part.family.hasMeanBeside,
            let stored = try Self.tensors(path + "/" + part.file)[PartFamily.meanName]
        else { return nil }
        let rows = stored.rank == 1 ? 1 : stored.shape[0]
        guard stored.shape == [manifest.width] || stored.shape == [rows, manifest.width], stored.dtype.isFloatingPoint,
            rows == 1 || rows == manifest.layers && part.role != .generator
        else {
            throw .invalid("the mean code of the \(role.title) is \(stored.shape), not [\(manifest.width)]")
        }
        return try computing { () throws(TorchError) in
            try stored.to(dtype: dtype, device: device).reshape([1, rows, manifest.width])
        }
    }
}

extension ModelPack {
    /// Builds the network of a role, whatever it is, and lets it go: a check of its tensors.
    ///
    /// - Throws: as ``network(_:dtype:device:_:)``; `TediGANError.invalid` for a family that is not of this room.
    public func check(_ role: PackRole) throws(TediGANError) {
        let part = try part(role)
        switch part.family {
        case .styleGAN, .styleGAN2: _ = try faceGenerator()
        case .textEncoder: _ = try textEncoder()
        case .inversionEncoder, .gradualStyleEncoder: _ = try pictureEncoder(role)
        case .perceptual: _ = try perceptualFeatures()
        case .lpipsAlex: _ = try lpips(.alex)
        case .lpipsVGG: _ = try lpips(.vgg)
        case .identity: _ = try faceIdentity()
        case .clip: _ = try clip()
        case .inception: _ = try inception()
        case .landmarks: _ = try landmarkNetwork()
        case .attributes: _ = try attributeClassifier()
        case .regions: _ = try faceSegmenter()
        case .sentenceEncoder: _ = try sentenceEncoder()
        case .styleGANDiscriminator:
            let sizes: GeneratorConfiguration = try part.sizes()
            _ = try network(role) { _, scope throws(LayerError) in try Discriminator(sizes, in: scope) }
        case .styleGAN2Discriminator:
            let sizes: StyleGAN2Configuration = try part.sizes()
            _ = try network(role) { _, scope throws(LayerError) in try StyleGAN2Discriminator(sizes, in: scope) }
        case .dfgan: throw .invalid("\(part.family.rawValue) is checked by who knows baselines")
        }
    }
}
