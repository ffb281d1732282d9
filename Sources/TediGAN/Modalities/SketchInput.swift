public import Torch

/// A sketch on its way to an encoder: dark lines on white paper, one 8-bit channel.
public struct SketchInput: Sendable, Hashable {
    /// Columns, 1 to 8192.
    public let width: Int

    /// Rows, 1 to 8192.
    public let height: Int

    /// Brightness of each pixel, row by row from the top: `width * height` bytes, 0 for ink and 255 for paper.
    public let pixels: [UInt8]

    /// A sketch from its pixels.
    ///
    /// - Throws: `TediGANError.invalid` for sides outside of 1...8192 and a wrong number of bytes.
    public init(width: Int, height: Int, pixels: [UInt8]) throws(TediGANError) {
        try PictureSize.check("a sketch", width: width, height: height, channels: 1, count: pixels.count)
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }

    /// The sketch as [1, 1, height, width] in 0...1.
    ///
    /// Resized as pSp and TediGAN do, by Pillow's bilinear filter on bytes, which thins out lines evenly when it
    /// reduces; proportions may change.
    ///
    /// - Throws: `TediGANError.invalid` for sides outside of 1...2048.
    public func tensor(
        width newWidth: Int = 256, height newHeight: Int = 256, dtype: DType = .float32, device: Device = .cpu
    ) throws(TediGANError) -> Tensor {
        try PictureSize.check(
            "a sketch for a network", width: newWidth, height: newHeight, longest: PictureSize.longestTensorSide)
        let bytes = ByteImage(width: width, height: height, channels: 1, bytes: pixels)
            .filtered(width: newWidth, height: newHeight)
        return try computing { () throws(TorchError) in
            try Tensor(bytes.map { Float($0) / 255 }, shape: [1, 1, newHeight, newWidth], dtype: dtype, device: device)
        }
    }
}
