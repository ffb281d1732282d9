/// How a data set frames its faces: how large a face stands in an aligned picture, and how high.
///
/// A generator knows faces in one frame only, and its encoder reads no other.
public struct FaceFrame: Sendable, Hashable {
    /// Side of the square as a multiple of that of FFHQ, 0.25...4.
    public let reach: Double

    /// How far below the eyes the middle of the square lies, as a part of the way from eyes to mouth, -2...2.
    public let drop: Double

    /// The frame of FFHQ, and so of all published generators of faces at 256 to 1024 pixels.
    public static let ffhq = FaceFrame(unchecked: 1, drop: 0.1)

    /// A frame.
    ///
    /// - Throws: ``AlignmentError/frame(reach:drop:)`` outside of the ranges.
    public init(reach: Double, drop: Double) throws(AlignmentError) {
        guard (0.25...4).contains(reach), (-2...2).contains(drop) else {
            throw .frame(reach: reach, drop: drop)
        }
        self.init(unchecked: reach, drop: drop)
    }

    /// The frame in which pictures of one size stand: that whose squares are, in the mean, the whole picture.
    ///
    /// - Parameters:
    ///   - landmarks: those of a sample of the pictures; one at least.
    ///   - side: of the pictures, in pixels.
    /// - Throws: ``AlignmentError/frame(reach:drop:)`` where they are framed like no face.
    public init(of landmarks: [FaceLandmarks], side: Int) throws(AlignmentError) {
        var (reach, drop) = (0.0, 0.0)
        let middle = (Double(side) - 1) / 2
        for face in landmarks {
            reach += Double(side) / FaceQuad(face).side
            drop += (middle - face.eyes.y) / max(face.eyeToMouth.length, 1e-6)
        }
        let count = Double(landmarks.count)
        try self.init(reach: reach / count, drop: drop / count)
    }

    private init(unchecked reach: Double, drop: Double) {
        (self.reach, self.drop) = (reach, drop)
    }
}
