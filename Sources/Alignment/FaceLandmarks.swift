/// The five places of a face that its alignment rests on, in the photo's pixels.
///
/// Left and right are those of the one who looks at an upright face: the left eye is the one further left.
public struct FaceLandmarks: Sendable, Hashable {
    /// Centre of the eye on the left.
    public let leftEye: Point

    /// Centre of the eye on the right.
    public let rightEye: Point

    /// Tip of the nose; checked, but the crop does not depend on it.
    public let nose: Point

    /// Corner of the mouth on the left.
    public let leftMouth: Point

    /// Corner of the mouth on the right.
    public let rightMouth: Point

    /// Least distance of the eyes from each other, and from the middle of the mouth, in pixels.
    public static let leastDistance = 4.0

    /// Most that the distance from eyes to mouth may exceed that of the eyes, or be exceeded by it.
    ///
    /// A face seen from the front has about 1; turned to the side, its eyes move together.
    public static let mostElongation = 8.0

    /// Five places.
    ///
    /// - Throws: ``AlignmentError/landmarks(_:)`` where a number is no place in any picture, the eyes or the mouth lie too close
    ///   together, or the mouth does not lie below the eyes, seen upright.
    public init(
        leftEye: Point, rightEye: Point, nose: Point, leftMouth: Point, rightMouth: Point
    ) throws(AlignmentError) {
        (self.leftEye, self.rightEye, self.nose) = (leftEye, rightEye, nose)
        (self.leftMouth, self.rightMouth) = (leftMouth, rightMouth)
        try checkShape()
    }

    /// Places from a detector's list: x and y in turn.
    ///
    /// - Parameter numbers: 10 numbers (left eye, right eye, nose, left and right corner of the mouth), or 136: the 68
    ///   points in the usual order, of which 36–41 surround the left eye, 42–47 the right eye, 30 is the tip of the
    ///   nose, 48 and 54 are the corners of the mouth.
    /// - Throws: ``AlignmentError/landmarks(_:)`` for another count, and as
    ///   ``init(leftEye:rightEye:nose:leftMouth:rightMouth:)``.
    public init(numbers: [Double]) throws(AlignmentError) {
        // All of them: a list with holes is a detector's failure, also where the hole is not needed.
        if let place = numbers.firstIndex(where: { !$0.isFinite }) {
            throw .landmarks("number \(place) is not finite")
        }
        let points = stride(from: 0, to: numbers.count - 1, by: 2).map { Point(x: numbers[$0], y: numbers[$0 + 1]) }
        switch numbers.count {
        case 10:
            try self.init(
                leftEye: points[0], rightEye: points[1], nose: points[2], leftMouth: points[3], rightMouth: points[4])
        case 136:
            try self.init(
                leftEye: Point.mean(points[36..<42]), rightEye: Point.mean(points[42..<48]), nose: points[30],
                leftMouth: points[48], rightMouth: points[54])
        default:
            throw .landmarks("\(numbers.count) numbers were given instead of 10 (5 points) or 136 (68 points)")
        }
    }

    /// The same places in the picture made wider and higher by factors: pixel middles move with the pixels' edges.
    ///
    /// - Throws: ``AlignmentError/landmarks(_:)`` where they come too close together.
    public func scaled(by factor: (x: Double, y: Double)) throws(AlignmentError) -> FaceLandmarks {
        func moved(_ point: Point) -> Point {
            Point(x: (point.x + 0.5) * factor.x - 0.5, y: (point.y + 0.5) * factor.y - 0.5)
        }
        return try FaceLandmarks(
            leftEye: moved(leftEye), rightEye: moved(rightEye), nose: moved(nose), leftMouth: moved(leftMouth),
            rightMouth: moved(rightMouth))
    }

    /// The places as x and y in turn, as ``init(numbers:)`` takes them.
    public var numbers: [Double] { points.flatMap { [$0.point.x, $0.point.y] } }

    /// Middle between the eyes.
    var eyes: Point { (leftEye + rightEye) * 0.5 }

    /// From the left eye to the right one.
    var eyeToEye: Point { rightEye - leftEye }

    /// From the middle of the eyes to the middle of the mouth's corners.
    var eyeToMouth: Point { (leftMouth + rightMouth) * 0.5 - eyes }

    private var points: [(name: String, point: Point)] {
        [
            ("left eye", leftEye), ("right eye", rightEye), ("nose", nose), ("left corner of the mouth", leftMouth),
            ("right corner of the mouth", rightMouth),
        ]
    }

    private func checkShape() throws(AlignmentError) {
        for (name, point) in points where !point.isPlausible {
            throw .landmarks("the \(name) at (\(point.x), \(point.y)) is no place in a picture")
        }
        let (width, height) = (eyeToEye.length, eyeToMouth.length)
        guard width >= Self.leastDistance, height >= Self.leastDistance else {
            throw .landmarks("the eyes, or the eyes and the mouth, are less than \(Self.leastDistance) pixels apart")
        }
        guard max(width, height) <= Self.mostElongation * min(width, height) else {
            throw .landmarks("eyes \(width) and mouth \(height) pixels apart are not the proportions of a face")
        }
        // In the face's own frame, so that a face that lies on its side or on its head is one too.
        guard eyeToMouth.dot(eyeToEye.turned) > 0 else {
            throw .landmarks("the mouth does not lie below the eyes; left and right may be exchanged")
        }
    }

    /// Refuses places that cannot belong to a picture of this size.
    ///
    /// A face may hang out of the picture: each place may lie outside by half the picture's side.
    func checkPlaces(width: Int, height: Int) throws(AlignmentError) {
        for (name, point) in points {
            let (right, bottom) = (Double(width), Double(height))
            guard point.x >= -right / 2, point.x <= right * 1.5, point.y >= -bottom / 2, point.y <= bottom * 1.5 else {
                throw .landmarks(
                    "the \(name) at (\(point.x), \(point.y)) lies far outside of a picture of \(width) x \(height)")
            }
        }
    }
}
