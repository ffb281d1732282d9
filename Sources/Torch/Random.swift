internal import CTorch

extension Tensor {
    /// Numbers from the standard normal distribution.
    ///
    /// - Parameter seed: gives the same numbers on every device, each time, whatever else the process draws.
    /// - Throws: `TorchError` for a negative length or too large a tensor.
    public static func randn(
        _ shape: [Int], seed: UInt64, dtype: DType = .float32, device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        try random("randn", normal: true, shape, seed, dtype, device)
    }

    /// Numbers spread evenly over [0, 1).
    ///
    /// - Parameter seed: as for `randn`.
    /// - Throws: `TorchError` for a negative length or too large a tensor.
    public static func rand(
        _ shape: [Int], seed: UInt64, dtype: DType = .float32, device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        try random("rand", normal: false, shape, seed, dtype, device)
    }

    private static func random(
        _ operation: String, normal: Bool, _ shape: [Int], _ seed: UInt64, _ dtype: DType, _ device: Device
    ) throws(TorchError) -> Tensor {
        Torch.configure()
        let rank = Int32(clamping: shape.count)
        return try unsafe make(operation, []) {
            unsafe ct_random($0, normal, seed, shape, rank, dtype.code, device.code, $1)
        }
    }
}
