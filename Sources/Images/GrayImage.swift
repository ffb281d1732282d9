/// A picture of one 8-bit channel, rows from top to bottom: a sketch, or a mask whose values are class numbers.
public struct GrayImage: Sendable, Equatable {
    /// Columns, at least 1.
    public let width: Int

    /// Rows, at least 1.
    public let height: Int

    /// `width * height` bytes.
    public var pixels: [UInt8] { storage }

    private var storage: [UInt8]

    /// Wraps pixels that exist already.
    ///
    /// - Throws: ``ImageError/wrongSize(width:height:bytes:)`` where `pixels` is not `width * height` bytes long.
    public init(width: Int, height: Int, pixels: [UInt8]) throws(ImageError) {
        try checkSize(width: width, height: height, channels: 1, bytes: pixels.count)
        self.width = width
        self.height = height
        storage = pixels
    }

    /// The value of one pixel; the column and row must lie inside the picture.
    public subscript(x: Int, y: Int) -> UInt8 {
        get { storage[y * width + x] }
        set { storage[y * width + x] = newValue }
    }
}

/// Compares a buffer's length with the size that a picture claims.
func checkSize(width: Int, height: Int, channels: Int, bytes: Int) throws(ImageError) {
    let (area, areaOverflows) = width.multipliedReportingOverflow(by: height)
    let (count, countOverflows) = area.multipliedReportingOverflow(by: channels)
    guard width > 0, height > 0, !areaOverflows, !countOverflows, count == bytes else {
        throw .wrongSize(width: width, height: height, bytes: bytes)
    }
}
