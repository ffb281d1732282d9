public import Perception
public import Torch

/// Mean squared difference of the pixels, under the mask.
///
/// Source: TediGAN, section 3.4, the first term; as published, the mean is over all pixels, masked or not.
public struct PixelLoss: OptimizationLoss {
    /// The term's name in reports.
    public let name = "pixel"

    /// Creates the term.
    public init() {}

    /// What a step needs of a goal.
    public func reference(for goal: OptimizationGoal) throws(TorchError) -> [Tensor] { try goal.masked(by: name) }

    /// The losses [N] of a batch.
    public func callAsFunction(images: Tensor, codes: Tensor, reference: [Tensor]) throws(TorchError) -> Tensor {
        try (reference[0] - images * reference[1]).square().mean([1, 2, 3])
    }
}

/// Mean squared difference of VGG16's features, under the mask.
///
/// Source: TediGAN, section 3.4, the second term.
public struct PerceptualLoss: OptimizationLoss {
    /// The term's name in reports.
    public let name = "perceptual"
    private let network: PerceptualVGG16

    /// Creates the term.
    public init(_ network: PerceptualVGG16) {
        self.network = network
    }

    /// What a step needs of a goal.
    public func reference(for goal: OptimizationGoal) throws(TorchError) -> [Tensor] {
        let masked = try goal.masked(by: name)
        return [try withNoGradient { () throws(TorchError) in try network(masked[0]) }, masked[1]]
    }

    /// The losses [N] of a batch.
    public func callAsFunction(images: Tensor, codes: Tensor, reference: [Tensor]) throws(TorchError) -> Tensor {
        try (reference[0] - network(images * reference[1])).square().mean([1, 2, 3])
    }
}

/// Mean squared distance of the code from what the encoder makes of the picture: keeps the code where the generator is
/// at home, and so open to editing.
///
/// Source: TediGAN, section 3.4, the third term; Zhu et al., "In-domain GAN inversion", 2020, section 3.2.
public struct EncoderLoss: OptimizationLoss {
    /// The term's name in reports.
    public let name = "encoder"
    private let encoder: (Tensor) throws(TorchError) -> Tensor

    /// Creates the term.
    /// - Parameter encoder: images [N, 3, R, R] to codes [N, L, C]; differentiable.
    public init(_ encoder: @escaping (Tensor) throws(TorchError) -> Tensor) {
        self.encoder = encoder
    }

    /// What a step needs of a goal.
    public func reference(for goal: OptimizationGoal) -> [Tensor] { [] }

    /// The losses [N] of a batch.
    public func callAsFunction(images: Tensor, codes: Tensor, reference: [Tensor]) throws(TorchError) -> Tensor {
        try (codes - encoder(images)).square().mean([1, 2])
    }
}

/// Mean squared distance of the code from where it started: the regulariser where there is no encoder.
///
/// Source: IIGROUP/TediGAN `ext/demo.py`.
public struct StartLoss: OptimizationLoss {
    /// The term's name in reports.
    public let name = "start"

    /// Creates the term.
    public init() {}

    /// What a step needs of a goal.
    public func reference(for goal: OptimizationGoal) throws(TorchError) -> [Tensor] { [try goal.start.detached()] }

    /// The losses [N] of a batch.
    public func callAsFunction(images: Tensor, codes: Tensor, reference: [Tensor]) throws(TorchError) -> Tensor {
        try (reference[0] - codes).square().mean([1, 2])
    }
}

/// 1 - cosine of the faces' identities.
///
/// Source: Richardson et al., "Encoding in style", 2021, section 3.2.
public struct IdentityLoss: OptimizationLoss {
    /// The term's name in reports.
    public let name = "identity"
    private let network: FaceIdentity

    /// Creates the term.
    public init(_ network: FaceIdentity) {
        self.network = network
    }

    /// What a step needs of a goal.
    public func reference(for goal: OptimizationGoal) throws(TorchError) -> [Tensor] {
        let image = try OptimizationGoal.required(goal.image, "image", by: name)
        return [try withNoGradient { () throws(TorchError) in try network(network.crop(image)) }]
    }

    /// The losses [N] of a batch.
    public func callAsFunction(images: Tensor, codes: Tensor, reference: [Tensor]) throws(TorchError) -> Tensor {
        try network.loss(images, towards: reference[0])
    }
}

/// Mean squared distance of the code from the text's, on the layers that the text is about: the similarity that the
/// pack's own text encoder has learned.
///
/// Source: TediGAN, section 3.3, used here as a term of the optimisation.
public struct TextCodeLoss: OptimizationLoss {
    /// The term's name in reports.
    public let name = "text"

    /// Creates the term.
    public init() {}

    /// What a step needs of a goal.
    public func reference(for goal: OptimizationGoal) throws(TorchError) -> [Tensor] {
        let code = try OptimizationGoal.required(goal.textCode, "text code", by: name)
        if let weights = goal.textLayers { return [code, weights] }
        return [code, try Tensor.ones([1, code.shape[1], 1], dtype: code.dtype, device: code.device)]
    }

    /// The losses [N] of a batch.
    public func callAsFunction(images: Tensor, codes: Tensor, reference: [Tensor]) throws(TorchError) -> Tensor {
        try VisualLinguisticSimilarity.distance(reference[0], codes, layerWeights: reference[1])
    }
}
