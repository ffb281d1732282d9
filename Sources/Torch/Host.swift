internal import CTorch

// The way out: one bulk copy, converted by LibTorch before it.

extension Tensor {
    /// All elements as `Float`, row-major.
    ///
    /// - Throws: `TorchError` when memory is short.
    public func floats() throws(TorchError) -> [Float] { try elements("floats", .float32, zero: 0) }

    /// All elements as `Double`, row-major.
    ///
    /// - Throws: `TorchError` when memory is short.
    public func doubles() throws(TorchError) -> [Double] { try elements("doubles", .float64, zero: 0) }

    /// All elements as `Int64`, row-major; fractions are cut off.
    ///
    /// - Throws: `TorchError` when memory is short.
    public func int64s() throws(TorchError) -> [Int64] { try elements("int64s", .int64, zero: 0) }

    /// All elements as bytes, row-major; values outside 0...255 wrap, so clamp first.
    ///
    /// - Throws: `TorchError` when memory is short.
    public func bytes() throws(TorchError) -> [UInt8] { try elements("bytes", .uint8, zero: 0) }

    /// All elements as truth values, row-major; anything but 0 is true.
    ///
    /// - Throws: `TorchError` when memory is short.
    public func bools() throws(TorchError) -> [Bool] { try elements("bools", .bool, zero: false) }

    /// The little-endian elements as they are, row-major: `count * dtype.byteCount` bytes.
    ///
    /// - Throws: `TorchError` when memory is short.
    public func rawBytes() throws(TorchError) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: count * dtype.byteCount)
        try copyBytes("rawBytes", into: &result)
        return result
    }

    /// The one element of a tensor that has just one.
    ///
    /// - Throws: `TorchError` if there are more, or none.
    public func item() throws(TorchError) -> Double {
        var value = 0.0
        try unsafe perform("item", [self]) { unsafe ct_item(raw, &value, $0) }
        return value
    }

    private func elements<Element: BitwiseCopyable>(
        _ operation: String, _ dtype: DType, zero: Element
    ) throws(TorchError) -> [Element] {
        let converted = self.dtype == dtype ? self : try to(dtype: dtype)
        var result = [Element](repeating: zero, count: converted.count)
        try converted.copyBytes(operation, into: &result)
        return result
    }

    private func copyBytes<Element: BitwiseCopyable>(
        _ operation: String, into result: inout [Element]
    ) throws(TorchError) {
        let byteCount = result.count * MemoryLayout<Element>.stride
        try unsafe perform(operation, [self]) { failure in
            unsafe ct_to_bytes(raw, &result, byteCount, failure)
        }
    }
}
