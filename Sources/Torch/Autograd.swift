internal import CTorch

extension Tensor {
    /// Adds the gradient of this tensor to `gradient` of every leaf that it depends on and that requires one.
    ///
    /// - Parameters:
    ///   - seed: gradient of the result by this tensor, of its shape; may be nil for a tensor of one element.
    ///   - retainGraph: whether the graph is kept for another pass.
    /// - Throws: `TorchError` if nothing here requires a gradient, or the graph is spent.
    public func backward(_ seed: Tensor? = nil, retainGraph: Bool = false) throws(TorchError) {
        try unsafe perform("backward", [self] + optional(seed)) {
            unsafe ct_backward(raw, seed?.raw, retainGraph, $0)
        }
    }

    /// The gradients of this tensor by each of `inputs`; leaves' own gradients stay as they are.
    ///
    /// - Parameters:
    ///   - seed: as for `backward`.
    ///   - retainGraph: whether the graph is kept for another pass; `createGraph` keeps it too.
    ///   - createGraph: whether the gradients can be differentiated in turn (R1 penalty, path length).
    /// - Returns: one entry per input, nil where this tensor does not depend on it.
    /// - Throws: `TorchError` if nothing here requires a gradient, or the graph is spent.
    public func gradients(
        withRespectTo inputs: [Tensor], seed: Tensor? = nil, retainGraph: Bool = false, createGraph: Bool = false
    ) throws(TorchError) -> [Tensor?] {
        let list = unsafe inputs.map { unsafe $0.raw }
        var handles = unsafe [OpaquePointer?](repeating: nil, count: inputs.count)
        try unsafe perform("gradients", [self] + inputs) {
            unsafe ct_gradients(
                &handles, raw, seed?.raw, list, Int32(clamping: list.count), retainGraph, createGraph, $0)
        }
        return unsafe handles.map { unsafe $0.map { unsafe Tensor(owning: $0) } }
    }

    /// What `backward` has added up for this leaf; nil before the first pass and after `zeroGradients`.
    ///
    /// - Throws: `TorchError` if LibTorch refuses.
    public func gradient() throws(TorchError) -> Tensor? {
        var handle: OpaquePointer?
        try unsafe perform("gradient", [self]) { unsafe ct_grad(&handle, raw, $0) }
        return unsafe handle.map { unsafe Tensor(owning: $0) }
    }

    /// Puts `gradient` in the place of what `backward` has added up; nil clears it.
    ///
    /// - Throws: `TorchError` if shape, dtype or device differ.
    public func setGradient(_ gradient: Tensor?) throws(TorchError) {
        try unsafe perform("setGradient", [self] + optional(gradient)) { unsafe ct_set_grad(raw, gradient?.raw, $0) }
    }
}

/// Runs `body` without recording what gradients would need; nests, and restores the mode when `body` throws.
///
/// Only this thread is affected, so `body` must not hand its work to another one.
public func withNoGradient<Value, Failure: Error>(
    _ body: () throws(Failure) -> Value
) throws(Failure) -> Value {
    let before = ct_grad_enabled()
    ct_set_grad_enabled(false)
    defer { ct_set_grad_enabled(before) }
    return try body()
}

/// Runs `body` recording what gradients need, also within `withNoGradient`.
public func withGradient<Value, Failure: Error>(
    _ body: () throws(Failure) -> Value
) throws(Failure) -> Value {
    let before = ct_grad_enabled()
    ct_set_grad_enabled(true)
    defer { ct_set_grad_enabled(before) }
    return try body()
}

/// Runs `body` without any bookkeeping of autograd: the fastest way to run a model.
///
/// Tensors made within can be read but never take part in a computation with gradients. Falls back to
/// `withNoGradient` if LibTorch cannot enter the mode.
public func withInferenceMode<Value, Failure: Error>(
    _ body: () throws(Failure) -> Value
) throws(Failure) -> Value {
    var guardian: UnsafeMutableRawPointer?
    var failure = unsafe ct_error(code: 0, message: nil)
    guard unsafe ct_inference_begin(&guardian, &failure) == 0, let guardian = unsafe guardian else {
        unsafe ct_error_clear(&failure)
        return try withNoGradient(body)
    }
    defer { unsafe ct_inference_end(guardian) }
    return try body()
}
