internal import CTorch

/// Owns one handle of LibTorch and frees it.
@safe
final class TensorHandle {
    let raw: OpaquePointer

    init(owning raw: OpaquePointer) {
        unsafe self.raw = raw
    }

    deinit {
        unsafe ct_free(raw)
    }
}

/// A rectangular array of numbers of one type on one device, with gradients where asked for.
///
/// Copies of the struct share the numbers, as do views made by `reshape`, `narrow` and the like; only `fill`,
/// `copy(from:)` and the optimisers change numbers in place. A tensor is not `Sendable`: keep it on the executor
/// that runs the model, and hand out plain arrays.
public struct Tensor {
    let handle: TensorHandle

    init(owning raw: OpaquePointer) {
        handle = unsafe TensorHandle(owning: raw)
    }

    var raw: OpaquePointer { unsafe handle.raw }
}

extension Tensor {
    /// Length of each axis; empty for a scalar.
    public var shape: [Int] {
        let rank = self.rank
        return unsafe [Int](unsafeUninitializedCapacity: rank) { buffer, count in
            if let base = buffer.baseAddress {
                unsafe ct_shape(raw, base)
            }
            count = rank
        }
    }

    /// Number of axes.
    public var rank: Int { unsafe Int(ct_rank(raw)) }

    /// Number of elements.
    public var count: Int { unsafe ct_element_count(raw) }

    /// Type of the elements.
    public var dtype: DType {
        var code = CT_FLOAT32
        var failure = unsafe ct_error(code: 0, message: nil)
        let status = unsafe ct_get_dtype(raw, &code, &failure)
        guard status == 0, let dtype = DType(code: code) else {
            // No operation of this module makes a tensor of another type, so a foreign one is a fault in the shim.
            preconditionFailure("a tensor of a type that this module does not know")
        }
        return dtype
    }

    /// Where the elements live.
    public var device: Device { Device(code: unsafe ct_get_device(raw)) }

    /// Whether `backward` and `gradients` may follow operations back to this tensor.
    public var requiresGradient: Bool { unsafe ct_requires_grad(raw) }

    /// Switches gradients for this tensor, which must be a leaf (not the result of a differentiable operation).
    ///
    /// - Throws: `TorchError` for tensors of integers, and for switching off a result.
    /// - Returns: the same tensor.
    @discardableResult
    public func requiringGradient(_ value: Bool = true) throws(TorchError) -> Tensor {
        try unsafe perform("requiringGradient", [self]) { unsafe ct_set_requires_grad(raw, value, $0) }
        return self
    }

    /// The same numbers, cut off from the graph of gradients.
    ///
    /// - Throws: `TorchError` if LibTorch refuses.
    public func detached() throws(TorchError) -> Tensor { try unary("detached", CT_DETACH) }

    /// A copy with numbers of its own; gradients pass through.
    ///
    /// - Throws: `TorchError` when memory is short.
    public func clone() throws(TorchError) -> Tensor { try unary("clone", CT_CLONE) }

    /// The same numbers, one after the other in memory.
    ///
    /// - Throws: `TorchError` when memory is short.
    public func contiguous() throws(TorchError) -> Tensor { try unary("contiguous", CT_CONTIGUOUS) }

    /// The same numbers of a [N, C, H, W] tensor with channels innermost in memory, which suits some convolutions.
    ///
    /// - Throws: `TorchError` if the tensor has not four axes.
    public func channelsLast() throws(TorchError) -> Tensor { try unary("channelsLast", CT_CHANNELS_LAST) }

    /// Converts the element type, moves to another device, or both; gradients pass through.
    ///
    /// - Throws: `TorchError` if the device is missing or full.
    public func to(dtype: DType? = nil, device: Device? = nil) throws(TorchError) -> Tensor {
        let dtype = dtype ?? self.dtype
        let device = device ?? self.device
        return try unsafe make("to", [self]) { unsafe ct_to($0, raw, dtype.code, device.code, $1) }
    }

    /// Overwrites the numbers with those of `source`, of the same shape, outside of autograd.
    ///
    /// - Throws: `TorchError` if the shapes differ.
    public func copy(from source: Tensor) throws(TorchError) {
        try unsafe perform("copy", [self, source]) { unsafe ct_copy_into(raw, source.raw, $0) }
    }

    /// Overwrites every number with `value`, outside of autograd.
    ///
    /// - Throws: `TorchError` if LibTorch refuses.
    public func fill(_ value: Double) throws(TorchError) {
        try unsafe perform("fill", [self]) { unsafe ct_fill(raw, value, $0) }
    }
}
