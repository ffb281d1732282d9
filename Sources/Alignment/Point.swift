/// A place in a picture, or the way from one place to another, in pixels.
///
/// x grows to the right and y downwards. Whole numbers are the middles of pixels: (0, 0) is the middle of the upper
/// left one, as landmark detectors count.
public struct Point: Sendable, Hashable {
    /// Pixels to the right.
    public var x: Double

    /// Pixels downwards.
    public var y: Double

    /// A place or a way.
    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }

    /// Distance from (0, 0).
    public var length: Double { (x * x + y * y).squareRoot() }

    /// The sum of two ways.
    public static func + (a: Point, b: Point) -> Point { Point(x: a.x + b.x, y: a.y + b.y) }

    /// The way from `b` to `a`.
    public static func - (a: Point, b: Point) -> Point { Point(x: a.x - b.x, y: a.y - b.y) }

    /// A way made longer.
    public static func * (a: Point, factor: Double) -> Point { Point(x: a.x * factor, y: a.y * factor) }

    /// A quarter turn clockwise, as one sees the picture: to the right becomes down.
    var turned: Point { Point(x: -y, y: x) }

    /// The product of the lengths with the cosine of the angle in between.
    func dot(_ other: Point) -> Double { x * other.x + y * other.y }

    /// False for numbers that are not finite, or so large that arithmetic with them loses pixels.
    var isPlausible: Bool { abs(x) <= 1e6 && abs(y) <= 1e6 }

    /// The middle of several places; of none, (0, 0).
    static func mean(_ points: some Collection<Point>) -> Point {
        points.reduce(Point(x: 0, y: 0), +) * (1 / Double(max(points.count, 1)))
    }
}
