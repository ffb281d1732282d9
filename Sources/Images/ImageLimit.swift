/// The largest picture that a caller is ready to decode or to draw.
public struct ImageLimit: Sendable, Equatable {
    /// Longest side in pixels.
    public var side: Int

    /// Most pixels in all; bounds the memory that a small, hostile file can ask for.
    public var pixels: Int

    /// A limit on both.
    public init(side: Int = 16_384, pixels: Int = 64 * 1024 * 1024) {
        self.side = side
        self.pixels = pixels
    }

    /// Sides up to 16,384, 64 Mi pixels in all.
    public static let standard = ImageLimit()

    /// Whether a picture of this size, without negative sides, keeps to the limit.
    public func allows(width: Int, height: Int) -> Bool {
        let (area, overflows) = width.multipliedReportingOverflow(by: height)
        return width <= side && height <= side && !overflows && area <= pixels
    }

    /// Refuses a picture beyond the limit.
    func check(width: Int, height: Int) throws(ImageError) {
        guard allows(width: width, height: height) else { throw .tooLarge(width: width, height: height) }
    }
}
