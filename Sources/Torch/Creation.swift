internal import CTorch

extension Tensor {
    /// A tensor of the numbers in row-major order.
    ///
    /// - Throws: `TorchError` if `shape` does not hold just as many numbers.
    public init(
        _ values: [Float], shape: [Int], dtype: DType = .float32, device: Device = .cpu
    ) throws(TorchError) {
        self = try Tensor.copied(values, shape, .float32).to(dtype: dtype, device: device)
    }

    /// A tensor of the numbers in row-major order.
    ///
    /// - Throws: `TorchError` if `shape` does not hold just as many numbers.
    public init(
        _ values: [Double], shape: [Int], dtype: DType = .float64, device: Device = .cpu
    ) throws(TorchError) {
        self = try Tensor.copied(values, shape, .float64).to(dtype: dtype, device: device)
    }

    /// A tensor of the numbers in row-major order.
    ///
    /// - Throws: `TorchError` if `shape` does not hold just as many numbers.
    public init(_ values: [Int64], shape: [Int], dtype: DType = .int64, device: Device = .cpu) throws(TorchError) {
        self = try Tensor.copied(values, shape, .int64).to(dtype: dtype, device: device)
    }

    /// A tensor of the numbers in row-major order.
    ///
    /// - Throws: `TorchError` if `shape` does not hold just as many numbers.
    public init(_ values: [UInt8], shape: [Int], dtype: DType = .uint8, device: Device = .cpu) throws(TorchError) {
        self = try Tensor.copied(values, shape, .uint8).to(dtype: dtype, device: device)
    }

    /// A tensor of the little-endian elements in `bytes`, row-major.
    ///
    /// - Throws: `TorchError` if `shape` and `dtype` do not take just as many bytes.
    public init(bytes: [UInt8], shape: [Int], dtype: DType, device: Device = .cpu) throws(TorchError) {
        self = try Tensor.copied(bytes, shape, dtype).to(device: device)
    }

    /// A scalar: a tensor without axes.
    ///
    /// - Throws: `TorchError` if the device refuses.
    public init(_ value: Double, dtype: DType = .float32, device: Device = .cpu) throws(TorchError) {
        self = try Tensor.full([], value, dtype: dtype, device: device)
    }

    /// All elements 0.
    ///
    /// - Throws: `TorchError` for a negative length or too large a tensor.
    public static func zeros(
        _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        try full(shape, 0, dtype: dtype, device: device)
    }

    /// All elements 1.
    ///
    /// - Throws: `TorchError` for a negative length or too large a tensor.
    public static func ones(
        _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        try full(shape, 1, dtype: dtype, device: device)
    }

    /// All elements `value`.
    ///
    /// - Throws: `TorchError` for a negative length or too large a tensor.
    public static func full(
        _ shape: [Int], _ value: Double, dtype: DType = .float32, device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        Torch.configure()
        return try unsafe make("full", []) {
            unsafe ct_full($0, value, shape, Int32(clamping: shape.count), dtype.code, device.code, $1)
        }
    }

    /// The numbers from `start` up to, but not including, `end`.
    ///
    /// - Throws: `TorchError` if `step` leads away from `end`.
    public static func arange(
        _ start: Double = 0, _ end: Double, step: Double = 1, dtype: DType = .float32, device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        try unsafe make("arange", []) { unsafe ct_arange($0, start, end, step, dtype.code, device.code, $1) }
    }

    /// The identity matrix, [size, size].
    ///
    /// - Throws: `TorchError` for a negative size.
    public static func eye(
        _ size: Int, dtype: DType = .float32, device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        try unsafe make("eye", []) { unsafe ct_eye($0, size, dtype.code, device.code, $1) }
    }

    /// Zeros with the shape, dtype and device of this tensor.
    ///
    /// - Throws: `TorchError` when memory is short.
    public func zerosLike() throws(TorchError) -> Tensor { try Tensor.zeros(shape, dtype: dtype, device: device) }

    /// Ones with the shape, dtype and device of this tensor.
    ///
    /// - Throws: `TorchError` when memory is short.
    public func onesLike() throws(TorchError) -> Tensor { try Tensor.ones(shape, dtype: dtype, device: device) }

    /// Copies `values` as they lie in memory; the C side checks that they fill the shape exactly.
    static func copied<Element: BitwiseCopyable>(
        _ values: [Element], _ shape: [Int], _ dtype: DType
    ) throws(TorchError) -> Tensor {
        Torch.configure()
        let byteCount = values.count * MemoryLayout<Element>.stride
        return try unsafe make("init", []) {
            unsafe ct_from_bytes(
                $0, values, byteCount, shape, Int32(clamping: shape.count), dtype.code, Device.cpu.code, $1)
        }
    }
}
