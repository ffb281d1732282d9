public import Images

/// The upright squares of a photo in which a face is looked for, as small pictures of one size.
///
/// The largest holds the whole photo, which goes on as its mirror image where it is not square; each further size is
/// half of the one before, and its squares overlap by half, so that every face fills a good part of one of them.
public struct SearchWindows: Sendable {
    /// A square and what is to be seen in it.
    public struct Window: Sendable {
        /// Where it lies in ``SearchWindows/picture``.
        public let quad: FaceQuad
        /// What it shows.
        public let image: RGBImage
    }

    /// How many sizes there are at most: the smallest squares are an eighth of the photo's longer side.
    public static let sizes = 4

    /// The photo, so far reduced that the smallest squares have just the pixels that are shown.
    public let picture: RGBImage

    /// The squares, small ones first.
    public let all: [Window]

    /// The squares of a photo.
    ///
    /// A small photo has no small squares: there would be nothing to see in them.
    /// - Parameters:
    ///   - photo: of any size.
    ///   - side: height and width of the windows' images, in pixels; even.
    /// - Throws: ``AlignmentError/image(_:)``, which no side above 0 does.
    public init(of photo: RGBImage, side: Int) throws(AlignmentError) {
        let longer = max(photo.width, photo.height)
        let largest = side << (Self.sizes - 1)
        picture = longer > largest ? photo.fitted(into: largest) : photo
        // Enlarged by half at most.
        let count = (0..<Self.sizes).last { side << $0 <= longer * 3 / 2 } ?? 0
        var all: [Window] = []
        var level = picture
        for size in (0...count).reversed() {
            // Each from the one before: a photo of many megapixels is gone through but once.
            level = level.fitted(into: side << size)
            let scale = Double(max(picture.width, picture.height)) / Double(side << size)
            for top in Self.offsets(level.height, side) {
                for left in Self.offsets(level.width, side) {
                    let middle = Point(
                        x: (Double(left) + Double(side) / 2) * scale - 0.5,
                        y: (Double(top) + Double(side) / 2) * scale - 0.5)
                    let quad = FaceQuad(centre: middle, right: Point(x: Double(side) / 2 * scale, y: 0))
                    all.append(Window(quad: quad, image: try level.window(left: left, top: top, side: side)))
                }
            }
        }
        self.all = all
    }

    /// First pixels along an axis, half a side apart at most: one, perhaps below 0, where a square covers the axis.
    private static func offsets(_ length: Int, _ side: Int) -> [Int] {
        guard length > side else { return [(length - side) / 2] }
        let rest = length - side
        let steps = (2 * rest + side - 1) / side
        return (0...steps).map { (rest * $0 + steps / 2) / steps }
    }
}

extension RGBImage {
    /// The picture with that longer side.
    fileprivate func fitted(into side: Int) -> RGBImage {
        let longer = max(width, height)
        guard longer != side else { return self }
        return resized(
            width: max(1, (width * side + longer / 2) / longer), height: max(1, (height * side + longer / 2) / longer),
            filter: .lanczos)
    }

    /// A square of the picture, which goes on as its mirror image.
    fileprivate func window(left: Int, top: Int, side: Int) throws(AlignmentError) -> RGBImage {
        func mirrored(_ place: Int, _ length: Int) -> Int {
            let phase = ((place % (2 * length)) + 2 * length) % (2 * length)
            return min(phase, 2 * length - 1 - phase)
        }
        let columns = (left..<left + side).map { mirrored($0, width) * 3 }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(side * side * 3)
        pixels.withUnsafeBufferPointer { pixels in
            for row in top..<top + side {
                let start = mirrored(row, height) * width * 3
                for column in columns { bytes += pixels[start + column..<start + column + 3] }
            }
        }
        return try Alignment.picture(width: side, height: side, pixels: bytes)
    }
}
