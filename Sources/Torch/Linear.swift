internal import CTorch

// Products of matrices and what is built on them.

extension Tensor {
    /// The matrix product over the last two axes; leading axes are broadcast, vectors taken as row or column.
    public func matmul(_ other: Tensor) throws(TorchError) -> Tensor { try binary("matmul", CT_MATMUL, other) }

    /// One matrix product per row of a batch: [B, N, K] with [B, K, M] to [B, N, M].
    public func bmm(_ other: Tensor) throws(TorchError) -> Tensor { try binary("bmm", CT_BMM, other) }

    /// x Wᵀ + b: [..., in] with `weight` [out, in] and `bias` [out] to [..., out].
    public func linear(_ weight: Tensor, _ bias: Tensor? = nil) throws(TorchError) -> Tensor {
        try unsafe make("linear", [self, weight] + optional(bias)) {
            unsafe ct_linear($0, raw, weight.raw, bias?.raw, $1)
        }
    }

    /// Rows of a table: ids (int64, any shape) with `weight` [V, D] to [..., D].
    ///
    /// - Throws: `TorchError` if an id is not below V.
    public func embedding(_ weight: Tensor) throws(TorchError) -> Tensor {
        try unsafe make("embedding", [self, weight]) { unsafe ct_embedding($0, weight.raw, raw, $1) }
    }

    /// Softmax of query keyᵀ / √D, times value: [..., L, D], [..., S, D] and [..., S, E] to [..., L, E].
    ///
    /// - Parameters:
    ///   - mask: what is added to the scores, or, if `.bool`, where they count; broadcasts to [..., L, S].
    ///   - causal: whether position i sees only positions up to i.
    public static func attention(
        query: Tensor, key: Tensor, value: Tensor, mask: Tensor? = nil, causal: Bool = false
    ) throws(TorchError) -> Tensor {
        try unsafe make("attention", [query, key, value] + optional(mask)) {
            unsafe ct_attention($0, query.raw, key.raw, value.raw, mask?.raw, causal, $1)
        }
    }
}

/// A list of one or none, for naming the inputs of a failed operation.
func optional(_ tensors: Tensor?...) -> [Tensor] {
    tensors.compactMap { $0 }
}
