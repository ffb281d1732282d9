public import Torch

/// A photo on its way to an encoder: aligned and square, or else it is squeezed to a square as published.
public struct PhotoInput: Sendable, Hashable {
    /// How a photo gets the side that a network asks for.
    public enum Resizing: Sendable, Hashable {
        /// Every pixel counts: Pillow's bilinear filter, as pSp prepares photos.
        case antialiased
        /// Only four pixels count, so that fine detail flickers when reducing: OpenCV's bilinear resizing, as idinvert
        /// and TediGAN prepare photos.
        case published
    }

    /// Columns, 1 to 8192.
    public let width: Int

    /// Rows, 1 to 8192.
    public let height: Int

    /// Red, green and blue of each pixel, row by row from the top: `width * height * 3` bytes.
    public let pixels: [UInt8]

    /// A photo from its pixels.
    ///
    /// - Throws: `TediGANError.invalid` for sides outside of 1...8192 and a wrong number of bytes.
    public init(width: Int, height: Int, pixels: [UInt8]) throws(TediGANError) {
        try PictureSize.check("a photo", width: width, height: height, channels: 3, count: pixels.count)
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }

    /// The photo as [1, 3, side, side] in -1...1.
    ///
    /// Bytes are resized and rounded first, then scaled, in both ways as published.
    ///
    /// - Throws: `TediGANError.invalid` for a side outside of 1...2048.
    public func tensor(
        side: Int, _ resizing: Resizing = .antialiased, dtype: DType = .float32, device: Device = .cpu
    ) throws(TediGANError) -> Tensor {
        try PictureSize.check(
            "a photo for a network", width: side, height: side, longest: PictureSize.longestTensorSide)
        let image = ByteImage(width: width, height: height, channels: 3, bytes: pixels)
        let bytes =
            switch resizing {
            case .antialiased: image.filtered(width: side, height: side)
            case .published: image.interpolated(width: side, height: side)
            }
        return try computing { () throws(TorchError) in
            try Tensor.images(bytes: bytes, count: 1, height: side, width: side, dtype: dtype, device: device)
        }
    }
}
