public import Images

/// The 19 classes of CelebAMask-HQ; left and right are the subject's, so the left eye is on the image's right.
public enum FaceMaskClass: UInt8, Sendable, CaseIterable {
    case background, skin, nose, eyeglasses, leftEye, rightEye, leftBrow, rightBrow, leftEar, rightEar
    case mouth, upperLip, lowerLip, hair, hat, earring, necklace, neck, cloth
}

/// A drawn face: picture, mask and, where asked for, sketch.
public struct RenderedFace: Sendable, Hashable {
    /// The side of the square picture in pixels.
    public let size: Int
    /// The picture, RGB8, row by row, interleaved: `size * size * 3` bytes.
    public let pixels: [UInt8]
    /// The class of each pixel, see ``FaceMaskClass``: `size * size` bytes.
    public let mask: [UInt8]
    /// The line drawing, gray 8 bits, dark lines on white: `size * size` bytes, or nothing where not asked for.
    public let sketch: [UInt8]?

    /// The picture as an image, ready to be encoded.
    /// - Throws: never for a face that the renderer drew; the type's initialiser checks its buffer.
    public var image: RGBImage {
        get throws(ImageError) { try RGBImage(width: size, height: size, pixels: pixels) }
    }
}
