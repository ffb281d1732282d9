public import Layers
public import Torch

/// CLIP: how well images and texts fit together.
///
/// Both towers give features of one width; the logit of a pair is the cosine of its features times a learnt scale, 100
/// in the published models. Everything can be differentiated by the images.
///
/// Tensors, in the published layout: `visual.*` of ``CLIPVisionTransformer`` or ``CLIPResNet``; those of
/// ``CLIPTextTransformer``; `logit_scale` (scalar).
///
/// Source: Radford et al., "Learning transferable visual models from natural language supervision", 2021.
public struct CLIP {
    private enum ImageTower {
        case transformer(CLIPVisionTransformer)
        case resNet(CLIPResNet)
    }

    /// The sizes.
    public let configuration: CLIPConfiguration
    private let images: ImageTower
    private let texts: CLIPTextTransformer
    private let scale: Tensor

    /// Takes the model from a scope.
    ///
    /// - Throws: ``LayerError/invalid(_:)`` for sizes out of range.
    public init(_ configuration: CLIPConfiguration, in scope: ParameterScope) throws(LayerError) {
        try configuration.validate()
        self.configuration = configuration
        let visual = scope.scope("visual")
        images =
            configuration.isResNet
            ? .resNet(try CLIPResNet(configuration, in: visual))
            : .transformer(try CLIPVisionTransformer(configuration, in: visual))
        texts = try CLIPTextTransformer(configuration, in: scope)
        // log(1 / 0.07), where training begins.
        scale = try scope.parameter("logit_scale", [], .constant(2.659_260_036_932_778))
    }

    /// Prepared images [N, 3, R, R] to features [N, D], not normalised; see ``CLIPImagePreparation``.
    public func imageFeatures(_ prepared: Tensor) throws(TorchError) -> Tensor {
        switch images {
        case .transformer(let tower): try tower(prepared)
        case .resNet(let tower): try tower(prepared)
        }
    }

    /// Token ids (int64) [M, t] to features [M, D], not normalised; see ``CLIPTextTransformer``.
    public func textFeatures(_ ids: Tensor) throws(TorchError) -> Tensor { try texts(ids) }

    /// Image features [N, D] and text features [M, D], of any length, to logits [N, M].
    public func logitsPerImage(imageFeatures: Tensor, textFeatures: Tensor) throws(TorchError) -> Tensor {
        try imageFeatures.normalized().matmul(textFeatures.normalized().transposed(0, 1)) * scale.exp()
    }

    /// Image features [N, D] and text features [N or 1, D] to the logit of each pair, [N].
    public func logitsPerPair(imageFeatures: Tensor, textFeatures: Tensor) throws(TorchError) -> Tensor {
        try (imageFeatures.normalized() * textFeatures.normalized()).sum([1]) * scale.exp()
    }

    /// Prepared images [N, 3, R, R] and token ids [M, t] to logits [N, M]: exp(logit scale) · cosine.
    public func logitsPerImage(_ prepared: Tensor, ids: Tensor) throws(TorchError) -> Tensor {
        try logitsPerImage(imageFeatures: imageFeatures(prepared), textFeatures: textFeatures(ids))
    }
}
