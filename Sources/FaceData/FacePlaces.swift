/// Where the five points of a drawn face lie that alignment rests on, in pixels whose middles are whole numbers.
///
/// Left and right are those of the one who looks at the picture.
public struct FacePlaces: Sendable, Hashable {
    /// Middle of the eye on the left.
    public let leftEye: SIMD2<Float>
    /// Middle of the eye on the right.
    public let rightEye: SIMD2<Float>
    /// Tip of the nose.
    public let nose: SIMD2<Float>
    /// Corner of the mouth on the left.
    public let leftMouth: SIMD2<Float>
    /// Corner of the mouth on the right.
    public let rightMouth: SIMD2<Float>

    /// All of them, in the order of the fields.
    public var all: [SIMD2<Float>] { [leftEye, rightEye, nose, leftMouth, rightMouth] }
}

extension FaceRenderer {
    /// Where eyes, nose and mouth of a face lie in the picture that ``render(_:size:sketch:)`` draws of its code.
    /// - Parameters:
    ///   - code: the face.
    ///   - size: side of the picture in pixels; cut to ``sizes``.
    public static func places(of code: FaceCode, size: Int) -> FacePlaces {
        let portrait = Portrait(code, size: min(max(size, sizes.lowerBound), sizes.upperBound))
        return portrait.places
    }
}

extension Portrait {
    var places: FacePlaces {
        let corners = mouth.corners
        return FacePlaces(
            leftEye: head.pixel(across(-eyeX), eyeY), rightEye: head.pixel(across(eyeX), eyeY),
            nose: head.pixel(across(0, depth: 1.5), noseY), leftMouth: head.pixel(corners.left.x, corners.left.y),
            rightMouth: head.pixel(corners.right.x, corners.right.y))
    }
}
