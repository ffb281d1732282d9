internal import CTorch

// What training does to all parameters of a model at once, each in one crossing to C.

extension Tensor {
    /// Clears the gradients of `tensors`.
    ///
    /// - Throws: `TorchError` if LibTorch refuses.
    public static func zeroGradients(_ tensors: [Tensor]) throws(TorchError) {
        let list = unsafe tensors.map { unsafe $0.raw }
        try unsafe perform("zeroGradients", []) { unsafe ct_zero_grad(list, Int32(clamping: list.count), $0) }
    }

    /// Scales all gradients of `tensors` together so that their common Euclidean norm is at most `maximum`.
    ///
    /// - Returns: the norm before; not finite if a gradient is not.
    /// - Throws: `TorchError` if LibTorch refuses.
    @discardableResult
    public static func clipGradients(_ tensors: [Tensor], toNorm maximum: Double) throws(TorchError) -> Double {
        let list = unsafe tensors.map { unsafe $0.raw }
        var norm = 0.0
        try unsafe perform("clipGradients", []) {
            unsafe ct_clip_grad_norm(list, Int32(clamping: list.count), maximum, &norm, $0)
        }
        return norm
    }

    /// Moves each target in place by `weight` of the way to its source: an exponential moving average with decay
    /// 1 - `weight`.
    ///
    /// - Throws: `TorchError` if the lists or a pair of shapes do not fit.
    public static func lerp(_ targets: [Tensor], towards sources: [Tensor], weight: Double) throws(TorchError) {
        guard targets.count == sources.count else {
            throw TorchError(
                operation: "lerp", message: "\(targets.count) targets but \(sources.count) sources")
        }
        let to = unsafe targets.map { unsafe $0.raw }
        let from = unsafe sources.map { unsafe $0.raw }
        try unsafe perform("lerp", []) { unsafe ct_lerp_into(to, from, Int32(clamping: to.count), weight, $0) }
    }
}
