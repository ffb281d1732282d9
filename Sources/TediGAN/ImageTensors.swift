public import Torch

extension Tensor {
    /// Images [N, 3, H, W] in -1...1 as interleaved bytes, N x H x W x 3.
    ///
    /// The byte is (x + 1) 127.5 + 0.5, cut off at 0 and 255 and rounded down, as published.
    public func imageBytes() throws(TorchError) -> [UInt8] {
        try ((self + 1) * 127.5 + 0.5).clamp(min: 0, max: 255).to(dtype: .uint8).permuted([0, 2, 3, 1])
            .contiguous().bytes()
    }

    /// Interleaved bytes, N x H x W x 3, as images [N, 3, H, W] in -1...1.
    public static func images(
        bytes: [UInt8], count: Int, height: Int, width: Int, dtype: DType = .float32, device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        let pixels = try Tensor(bytes, shape: [count, height, width, 3]).to(device: device)
        return try pixels.permuted([0, 3, 1, 2]).contiguous().to(dtype: dtype) * (1 / 127.5) - 1
    }
}
