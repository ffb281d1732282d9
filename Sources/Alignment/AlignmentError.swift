public import Images

/// Why a face could not be aligned or put back.
public enum AlignmentError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The landmarks are not those of a face in this picture; the text says what is wrong.
    case landmarks(String)
    /// The photo is larger than ``FaceAlignment/limit``.
    case photoTooLarge(width: Int, height: Int)
    /// The side of the aligned picture lies outside of ``FaceAlignment/sizes``.
    case size(Int)
    /// A frame is outside of the ranges of ``FaceFrame``.
    case frame(reach: Double, drop: Double)
    /// An aligned picture is not square.
    case notSquare(width: Int, height: Int)
    /// A picture could not be made.
    case image(ImageError)

    /// One sentence that says what is wrong and what is allowed.
    public var description: String {
        switch self {
        case .landmarks(let text): "the landmarks do not fit: \(text)"
        case .photoTooLarge(let width, let height):
            "the photo has \(width) x \(height) pixels; at most \(FaceAlignment.limit.side) a side and "
                + "\(FaceAlignment.limit.pixels) in all can be aligned"
        case .size(let size):
            "the aligned picture cannot be \(size) pixels wide; allowed are "
                + "\(FaceAlignment.sizes.lowerBound) to \(FaceAlignment.sizes.upperBound)"
        case .frame(let reach, let drop):
            "no faces are framed with a reach of \(reach) and a drop of \(drop); allowed are 0.25 to 4 and -2 to 2"
        case .notSquare(let width, let height):
            "an aligned face must be square, but this picture has \(width) x \(height) pixels"
        case .image(let error): error.description
        }
    }
}

/// Wraps bytes that were made to measure as a picture.
func picture(width: Int, height: Int, pixels: [UInt8]) throws(AlignmentError) -> RGBImage {
    do {
        return try RGBImage(width: width, height: height, pixels: pixels)
    } catch {
        throw .image(error)
    }
}
