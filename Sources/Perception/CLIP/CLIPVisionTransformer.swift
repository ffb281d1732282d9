public import Layers
public import Torch

/// CLIP's image tower of squares: each becomes a token, and a token of its own gathers the feature.
///
/// Tensors: `conv1.weight` [W, 3, p, p]; `class_embedding` [W]; `positional_embedding` [1 + (R / p)², W]; `ln_pre.*`;
/// `transformer.resblocks.*`; `ln_post.*`; `proj` [W, D].
///
/// Source: Radford et al., "Learning transferable visual models from natural language supervision", 2021; Dosovitskiy
/// et al., "An image is worth 16x16 words", 2021.
public struct CLIPVisionTransformer {
    private let patch: Int
    private let patches: Tensor
    private let gatherer: Tensor
    private let positions: Tensor
    private let before: CLIPNorm
    private let transformer: CLIPTransformer
    private let after: CLIPNorm
    private let projection: Tensor

    /// Takes the tower from the scope `visual`.
    ///
    /// - Throws: ``LayerError/invalid(_:)`` for sizes that are not those of a vision transformer.
    public init(_ configuration: CLIPConfiguration, in scope: ParameterScope) throws(LayerError) {
        try configuration.validate()
        guard let patch = configuration.visionPatchSize, !configuration.isResNet else {
            throw .invalid("CLIP: a vision transformer needs the size of its patches")
        }
        self.patch = patch
        let width = configuration.visionWidth
        let side = configuration.imageResolution / patch
        let scale = 1 / Double(width).squareRoot()
        patches = try scope.scope("conv1").parameter(
            "weight", [width, 3, patch, patch], .normal(deviation: 1 / Double(3 * patch * patch).squareRoot()))
        gatherer = try scope.parameter("class_embedding", [width], .normal(deviation: scale))
        positions = try scope.parameter(
            "positional_embedding", [side * side + 1, width], .normal(deviation: scale))
        before = try CLIPNorm(in: scope.scope("ln_pre"), width: width)
        transformer = try CLIPTransformer(
            in: scope.scope("transformer"), width: width, layers: configuration.visionLayers[0],
            heads: configuration.visionHeads)
        after = try CLIPNorm(in: scope.scope("ln_post"), width: width)
        projection = try scope.parameter(
            "proj", [width, configuration.embedDimension], .normal(deviation: scale))
    }

    /// Prepared images [N, 3, R, R] to features [N, D], not normalised.
    public func callAsFunction(_ images: Tensor) throws(TorchError) -> Tensor {
        let squares = try images.conv2d(patches, stride: patch).flattened(from: 2).transposed(1, 2)
        let first = try gatherer.reshape([1, 1, -1]).expanded([squares.shape[0], 1, -1])
        let tokens = try before(Tensor.cat([first, squares], axis: 1) + positions)
        return try after(transformer(tokens, causal: false).select(1, index: 0)).matmul(projection)
    }
}
