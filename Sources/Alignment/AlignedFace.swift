public import Images

/// A face cut out of a photo, and where it was.
public struct AlignedFace: Sendable, Equatable {
    /// The upright face; width and height are equal.
    public let image: RGBImage

    /// The square of the photo that it shows.
    public let quad: FaceQuad

    /// Width of the feathered edge of ``paste(_:into:)`` as a part of the square's side.
    public static let feather = 0.08

    /// A face that was cut out earlier.
    ///
    /// - Throws: ``AlignmentError/notSquare(width:height:)``.
    public init(image: RGBImage, quad: FaceQuad) throws(AlignmentError) {
        try Self.checkSquare(image)
        self.image = image
        self.quad = quad
    }

    /// Where a place of the aligned picture lies in the photo; both in pixels whose middles are whole numbers.
    public func photoPoint(ofAligned point: Point) -> Point {
        let side = Double(image.width)
        return quad.point(atFraction: Point(x: (point.x + 0.5) / side, y: (point.y + 0.5) / side))
    }

    /// Where a place of the photo lies in the aligned picture, perhaps outside of it.
    public func alignedPoint(ofPhoto point: Point) -> Point {
        let fraction = quad.fraction(of: point)
        let side = Double(image.width)
        return Point(x: fraction.x * side - 0.5, y: fraction.y * side - 0.5)
    }

    /// The photo with an edited version of this face in its place.
    ///
    /// At the square's edge the photo passes smoothly into the edit, over a width of ``feather``; outside of the square
    /// no pixel changes. Where the photo is finer than the edit, the face becomes as coarse as the edit.
    ///
    /// - Parameters:
    ///   - edited: the edit, square, of any size: not necessarily that of ``image``.
    ///   - photo: the photo that the face was cut out of.
    /// - Throws: ``AlignmentError/notSquare(width:height:)`` for the edit, and
    ///   ``AlignmentError/photoTooLarge(width:height:)``.
    public func paste(_ edited: RGBImage, into photo: RGBImage) throws(AlignmentError) -> RGBImage {
        try Self.checkSquare(edited)
        try FaceAlignment.checkSize(of: photo)
        // An edit finer than the photo would be sampled with gaps.
        let side = min(edited.width, max(Int(quad.side.rounded(.up)), 1))
        let patch = edited.resized(width: side, height: side, filter: .lanczos)
        let bounds = quad.bounds(border: 1)
        let columns = bounds.columns.clamped(to: 0..<photo.width)
        var pixels = photo.pixels
        pixels.withUnsafeMutableBufferPointer { pixels in
            patch.withSampler { sampler in
                for y in bounds.rows.clamped(to: 0..<photo.height) {
                    for x in columns {
                        let fraction = quad.fraction(of: Point(x: Double(x), y: Double(y)))
                        let weight = Self.weight(at: fraction)
                        guard weight > 0 else { continue }
                        let new = sampler.colour(
                            x: fraction.x * Double(side) - 0.5, y: fraction.y * Double(side) - 0.5)
                        let start = (y * photo.width + x) * 3
                        for channel in 0..<3 {
                            let old = Float(pixels[start + channel])
                            pixels[start + channel] = UInt8(old + (new[channel] - old) * weight + 0.5)
                        }
                    }
                }
            }
        }
        return try picture(width: photo.width, height: photo.height, pixels: pixels)
    }

    /// How much of the edit shows at a fraction of the square: 0 at its edge and outside, 1 inside of the feather.
    private static func weight(at fraction: Point) -> Float {
        let depth = min(fraction.x, 1 - fraction.x, fraction.y, 1 - fraction.y) / feather
        let ramp = Float(min(max(depth, 0), 1))
        return ramp * ramp * (3 - 2 * ramp)
    }

    private static func checkSquare(_ image: RGBImage) throws(AlignmentError) {
        guard image.width == image.height else { throw .notSquare(width: image.width, height: image.height) }
    }
}
