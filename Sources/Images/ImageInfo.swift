/// What a file says of the picture in it before that is decoded.
public struct ImageInfo: Sendable, Equatable {
    /// The kind of file.
    public let kind: ImageFile.Kind
    /// Columns as stored, before an orientation is heeded.
    public let width: Int
    /// Rows as stored.
    public let height: Int
    /// Bits of a channel, or of a number in a palette.
    public let bits: Int
    /// Pictures of an animation; 1 where it is none.
    public let frames: Int

    /// Describes a file.
    public init(kind: ImageFile.Kind, width: Int, height: Int, bits: Int, frames: Int) {
        self.kind = kind
        self.width = width
        self.height = height
        self.bits = bits
        self.frames = frames
    }
}

extension ImageFile {
    /// Reads the head of a PNG or JPEG file, and nothing else of it.
    ///
    /// - Throws: ``ImageError/unknownKind`` for anything else, ``ImageError/tooLarge(width:height:)``, and
    ///   ``ImageError/codec(_:_:)`` for a head that makes no sense.
    public static func inspect(_ bytes: [UInt8], limit: ImageLimit = .standard) throws(ImageError) -> ImageInfo {
        switch kind(of: bytes) {
        case .png:
            let decoder = try PNGDecoder(bytes: bytes, limit: limit)
            return ImageInfo(
                kind: .png, width: decoder.width, height: decoder.height, bits: decoder.bits,
                frames: AnimatedPNG.frameCount(of: bytes))
        case .jpeg:
            let decoder = try JPEGDecoder(bytes: bytes, limit: limit)
            return ImageInfo(kind: .jpeg, width: decoder.width, height: decoder.height, bits: 8, frames: 1)
        case nil: throw .unknownKind
        }
    }
}
