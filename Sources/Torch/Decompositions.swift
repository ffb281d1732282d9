internal import CTorch

extension Tensor {
    /// The eigenvalues and eigenvectors of symmetric matrices [..., n, n].
    ///
    /// Only the lower triangles are read. The eigenvectors are orthonormal: x = V diag(values) Vᵀ.
    ///
    /// - Returns: `values` [..., n] in ascending order, and `vectors` [..., n, n], one per column.
    /// - Throws: `TorchError` if the matrices are not square, hold no finite numbers, or are not of floating point.
    public func symmetricEigen() throws(TorchError) -> (values: Tensor, vectors: Tensor) {
        var first: OpaquePointer?
        var second: OpaquePointer?
        try unsafe perform("symmetricEigen", [self]) { unsafe ct_eigh(&first, &second, raw, $0) }
        guard let first = unsafe first, let second = unsafe second else {
            throw TorchError(operation: "symmetricEigen", shapes: [shape], message: "LibTorch returned no tensor")
        }
        return unsafe (Tensor(owning: first), Tensor(owning: second))
    }
}
