public import Layers
public import Torch

/// CLIP's text tower: tokens that see only those before them, and the feature at the end token.
///
/// Tensors: `token_embedding.weight` [V, W]; `positional_embedding` [T, W]; `transformer.resblocks.*`; `ln_final.*`;
/// `text_projection` [W, D].
///
/// Source: Radford et al., "Learning transferable visual models from natural language supervision", 2021, section 2.4.
public struct CLIPTextTransformer {
    private let embedding: Tensor
    private let positions: Tensor
    private let transformer: CLIPTransformer
    private let norm: CLIPNorm
    private let projection: Tensor

    /// Takes the tower from the root of the model's scope.
    public init(_ configuration: CLIPConfiguration, in scope: ParameterScope) throws(LayerError) {
        try configuration.validate()
        let width = configuration.transformerWidth
        positions = try scope.parameter(
            "positional_embedding", [configuration.contextLength, width], .normal(deviation: 0.01))
        projection = try scope.parameter(
            "text_projection", [width, configuration.embedDimension],
            .normal(deviation: 1 / Double(width).squareRoot()))
        transformer = try CLIPTransformer(
            in: scope.scope("transformer"), width: width, layers: configuration.transformerLayers,
            heads: configuration.transformerHeads)
        embedding = try scope.scope("token_embedding").parameter(
            "weight", [configuration.vocabularySize, width], .normal(deviation: 0.02))
        norm = try CLIPNorm(in: scope.scope("ln_final"), width: width)
    }

    /// Token ids [N, t] to features [N, D], not normalised.
    ///
    /// The feature is that of the largest id's place, the first if there are several: the end token has the largest.
    /// - Parameter ids: int64, one text per row, padded with 0; t is at most the context's length. Padding changes
    ///   nothing, so that rows may end with the longest text.
    public func callAsFunction(_ ids: Tensor) throws(TorchError) -> Tensor {
        let hidden = try self.hidden(ids)
        let (rows, width) = (hidden.shape[0], hidden.shape[2])
        let ends = try ids.argmax(1).reshape([rows, 1, 1]).expanded([rows, 1, width])
        return try hidden.gather(1, ends).squeezed(1).matmul(projection)
    }

    /// What the tower makes of every token, normalised: ids [N, t] to [N, t, W].
    public func hidden(_ ids: Tensor) throws(TorchError) -> Tensor {
        guard ids.rank == 2, ids.shape[1] > 0, ids.shape[1] <= positions.shape[0] else {
            throw TorchError(
                operation: "CLIP text", shapes: [ids.shape],
                message: "ids must be [N, t] with t in 1...\(positions.shape[0])")
        }
        let places = try positions.narrow(0, start: 0, length: ids.shape[1])
        return try norm(transformer(ids.embedding(embedding) + places, causal: true))
    }
}
