internal import CTorch

// The same elements in another arrangement; views of the same memory where the layout allows.

extension Tensor {
    /// The elements, row-major, under another shape; one length may be -1 and is worked out.
    ///
    /// - Throws: `TorchError` if the number of elements differs.
    public func reshape(_ shape: [Int]) throws(TorchError) -> Tensor {
        try arranged("reshape", CT_RESHAPE, shape)
    }

    /// Axes `first` through `last` as one.
    public func flattened(from first: Int = 0, through last: Int = -1) throws(TorchError) -> Tensor {
        try arranged("flattened", CT_FLATTEN, [first, last])
    }

    /// Axes `a` and `b` changed for one another.
    public func transposed(_ a: Int = -1, _ b: Int = -2) throws(TorchError) -> Tensor {
        try arranged("transposed", CT_TRANSPOSE, [a, b])
    }

    /// Axis i of the result is axis `axes[i]` of this tensor.
    public func permuted(_ axes: [Int]) throws(TorchError) -> Tensor { try arranged("permuted", CT_PERMUTE, axes) }

    /// Without `axis`, if its length is 1; otherwise unchanged.
    public func squeezed(_ axis: Int) throws(TorchError) -> Tensor { try arranged("squeezed", CT_SQUEEZE, [axis]) }

    /// With an axis of length 1 put in at `axis`.
    public func unsqueezed(_ axis: Int) throws(TorchError) -> Tensor {
        try arranged("unsqueezed", CT_UNSQUEEZE, [axis])
    }

    /// Axes of length 1 shown as longer without copying; -1 leaves a length as it is.
    public func expanded(_ shape: [Int]) throws(TorchError) -> Tensor { try arranged("expanded", CT_EXPAND, shape) }

    /// The tensor set side by side `times[i]` times along axis i, copied.
    public func repeated(_ times: [Int]) throws(TorchError) -> Tensor { try arranged("repeated", CT_REPEAT, times) }

    /// The order of elements turned round along `axes`.
    public func flipped(_ axes: [Int]) throws(TorchError) -> Tensor { try arranged("flipped", CT_FLIP, axes) }

    /// Shifted by `shift` along `axis`; what leaves at the end comes in at the start.
    public func rolled(_ axis: Int, by shift: Int) throws(TorchError) -> Tensor {
        try arranged("rolled", CT_ROLL, [axis, shift])
    }

    /// On and above the diagonal of the last two axes; 0 elsewhere.
    public func triu() throws(TorchError) -> Tensor { try unary("triu", CT_TRIU) }

    /// On and below the diagonal of the last two axes; 0 elsewhere.
    public func tril() throws(TorchError) -> Tensor { try unary("tril", CT_TRIL) }

    /// The tensors one behind the other along an axis that exists.
    ///
    /// - Throws: `TorchError` if the other axes differ, or the list is empty.
    public static func cat(_ tensors: [Tensor], axis: Int = 0) throws(TorchError) -> Tensor {
        try join("cat", tensors, axis, stack: false)
    }

    /// The tensors one behind the other along a new axis.
    ///
    /// - Throws: `TorchError` if the shapes differ, or the list is empty.
    public static func stack(_ tensors: [Tensor], axis: Int = 0) throws(TorchError) -> Tensor {
        try join("stack", tensors, axis, stack: true)
    }

    private static func join(
        _ operation: String, _ tensors: [Tensor], _ axis: Int, stack: Bool
    ) throws(TorchError) -> Tensor {
        let list = unsafe tensors.map { unsafe $0.raw }
        return try unsafe make(operation, tensors) {
            unsafe ct_join($0, stack, list, Int32(clamping: list.count), Int32(clamping: axis), $1)
        }
    }

    /// Parts of the given lengths along `axis`.
    ///
    /// - Throws: `TorchError` if the lengths do not sum up to that of the axis.
    public func split(_ lengths: [Int], axis: Int = 0) throws(TorchError) -> [Tensor] {
        var handles = unsafe [OpaquePointer?](repeating: nil, count: lengths.count)
        try unsafe perform("split", [self]) {
            unsafe ct_split(&handles, raw, lengths, Int32(clamping: lengths.count), Int32(clamping: axis), $0)
        }
        return unsafe handles.compactMap { unsafe $0.map { unsafe Tensor(owning: $0) } }
    }

    /// `count` parts along `axis`, as equal as can be: the last may be shorter.
    ///
    /// - Throws: `TorchError` if there is no such axis, or fewer elements than parts.
    public func chunk(_ count: Int, axis: Int = 0) throws(TorchError) -> [Tensor] {
        let place = axis < 0 ? axis + rank : axis
        guard shape.indices.contains(place), count > 0, shape[place] >= count else {
            throw TorchError(
                operation: "chunk", shapes: [shape], message: "cannot make \(count) parts along axis \(axis)")
        }
        let length = shape[place]
        let step = (length + count - 1) / count
        let lengths = stride(from: 0, to: length, by: step).map { min(step, length - $0) }
        return try split(lengths, axis: axis)
    }
}
