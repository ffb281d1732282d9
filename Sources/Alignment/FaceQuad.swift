/// The square of a photo that becomes the aligned picture; it may be turned, and hang out of the photo.
public struct FaceQuad: Sendable, Hashable {
    /// Its middle.
    public let centre: Point

    /// From the middle to the right edge, as the face sees it upright.
    public let right: Point

    /// From the middle to the lower edge; as long as ``right`` and at a right angle to it.
    public var down: Point { right.turned }

    /// The square that is cut out for these landmarks.
    ///
    /// Its direction averages the line of the eyes and the one across the line from eyes to mouth. In FFHQ's frame half
    /// its side is the greater of 2 times the eyes' distance and 1.8 times that of eyes and mouth, and its middle lies
    /// a tenth of the way from the eyes to the mouth. Source: the data set's own recipe (Karras, Laine and Aila 2019).
    public init(_ landmarks: FaceLandmarks, frame: FaceFrame = .ffhq) {
        let (across, along) = (landmarks.eyeToEye, landmarks.eyeToMouth)
        // The mouth lies below the eyes, so the two summands never cancel each other.
        let direction = across - along.turned
        let half = max(2 * across.length, 1.8 * along.length) * frame.reach
        right = direction * (half / direction.length)
        centre = landmarks.eyes + along * frame.drop
    }

    /// A square by its middle and the way from there to its right edge.
    public init(centre: Point, right: Point) {
        (self.centre, self.right) = (centre, right)
    }

    /// Length of an edge in pixels.
    public var side: Double { 2 * right.length }

    /// The square about the same middle with a side `factor` times as long.
    public func enlarged(by factor: Double) -> FaceQuad { FaceQuad(centre: centre, right: right * factor) }

    /// Corners in the order of the recipe: upper left, lower left, lower right, upper right.
    public var corners: [Point] {
        [centre - right - down, centre - right + down, centre + right + down, centre + right - down]
    }

    /// The place at a fraction of the square: (0, 0) is its upper left corner and (1, 1) its lower right one.
    public func point(atFraction fraction: Point) -> Point {
        centre + right * (2 * fraction.x - 1) + down * (2 * fraction.y - 1)
    }

    /// The fraction of the square at which a place lies; outside of 0...1 where it lies outside.
    public func fraction(of point: Point) -> Point {
        let way = point - centre
        let square = 2 * right.dot(right)
        return Point(x: way.dot(right) / square + 0.5, y: way.dot(down) / square + 0.5)
    }

    /// The whole pixels that hold it: first and one past the last column and row, grown by `border`.
    func bounds(border: Int) -> (columns: Range<Int>, rows: Range<Int>) {
        func range(_ values: [Double]) -> Range<Int> {
            let (least, most) = (values.min() ?? 0, values.max() ?? 0)
            return Int(least.rounded(.down)) - border..<Int(most.rounded(.up)) + border
        }
        return (range(corners.map(\.x)), range(corners.map(\.y)))
    }

    /// The same square after the picture was reduced by a whole factor.
    ///
    /// Pixel middles move: the published recipe divides the corners only and so shifts the crop by up to half a pixel
    /// of the reduced photo.
    func reduced(by factor: Int) -> FaceQuad {
        let scale = 1 / Double(factor)
        let half = Point(x: 0.5, y: 0.5)
        return FaceQuad(centre: (centre + half) * scale - half, right: right * scale)
    }

    /// The same square after columns and rows were added before the first ones.
    func moved(columns: Int, rows: Int) -> FaceQuad {
        FaceQuad(centre: centre + Point(x: Double(columns), y: Double(rows)), right: right)
    }
}
