internal import CTorch

extension Tensor {
    /// Long short-term memory over sequences of different lengths.
    ///
    /// Works on packed sequences: beyond its length a row is neither read nor written, so that the backward direction
    /// begins at its last element.
    ///
    /// - Parameters:
    ///   - lengths: the length of each row, each in 1...T.
    ///   - weights: per layer, per direction: [4H, D], [4H, H], [4H], [4H]; gates in the order input, forget, cell,
    ///     output.
    ///   - dropout: probability between layers; give 0 when not training.
    /// - Returns: `output` [N, T, H · directions], 0 beyond each length; `hidden` [N, H · directions], the last state
    ///   of the last layer, directions side by side.
    /// - Throws: `TorchError` if a length is out of range or a weight does not fit.
    public func lstm(
        lengths: [Int], weights: [Tensor], layers: Int = 1, bidirectional: Bool = true, dropout: Double = 0
    ) throws(TorchError) -> (output: Tensor, hidden: Tensor) {
        let rows = try Tensor(lengths.map(Int64.init), shape: [lengths.count])
        let list = unsafe weights.map { unsafe $0.raw }
        var output: OpaquePointer?
        var hidden: OpaquePointer?
        try unsafe perform("lstm", [self] + weights) {
            unsafe ct_lstm(
                &output, &hidden, raw, rows.raw, list, Int32(clamping: list.count), Int32(clamping: layers),
                bidirectional, dropout, $0)
        }
        guard let output = unsafe output, let hidden = unsafe hidden else {
            throw TorchError(operation: "lstm", shapes: [shape], message: "LibTorch returned no tensor")
        }
        return unsafe (Tensor(owning: output), Tensor(owning: hidden))
    }
}
