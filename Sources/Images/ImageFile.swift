/// Reads and writes pictures of any kind that Tedi knows; a file is told by its first bytes, whatever its name.
public enum ImageFile {
    /// A kind of file that holds a picture.
    public enum Kind: String, Sendable, Equatable, CustomStringConvertible {
        /// Portable Network Graphics: every pixel as it was.
        case png = "PNG"
        /// Joint Photographic Experts Group: small, and a little different from what was written.
        case jpeg = "JPEG"

        /// What the kind of a file with this name or path should be: JPEG after `.jpg` or `.jpeg`, otherwise PNG.
        public init(named name: String) {
            let lower = name.lowercased()
            self = lower.hasSuffix(".jpg") || lower.hasSuffix(".jpeg") ? .jpeg : .png
        }

        /// The name of the kind, as people write it.
        public var description: String { rawValue }
    }

    /// What the first bytes of a file say that it is; nil where they say nothing known.
    public static func kind(of bytes: [UInt8]) -> Kind? {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        // The start of the image and the first byte of the marker that must follow.
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        return nil
    }

    /// Decodes a PNG or JPEG file to 8 bits per channel, see ``PNG/decode(_:limit:)`` and ``JPEG/decode(_:limit:)``.
    ///
    /// - Throws: ``ImageError/unknownKind`` for anything else, and what the kind's own decoder throws.
    public static func decode(_ bytes: [UInt8], limit: ImageLimit = .standard) throws(ImageError) -> RGBImage {
        switch kind(of: bytes) {
        case .png: try PNG.decode(bytes, limit: limit)
        case .jpeg: try JPEG.decode(bytes, limit: limit)
        case nil: throw .unknownKind
        }
    }

    /// Decodes a PNG or JPEG file to one channel; colour becomes brightness.
    ///
    /// - Throws: ``ImageError/unknownKind`` for anything else, and what the kind's own decoder throws.
    public static func decodeGray(_ bytes: [UInt8], limit: ImageLimit = .standard) throws(ImageError) -> GrayImage {
        switch kind(of: bytes) {
        case .png: try PNG.decodeGray(bytes, limit: limit)
        case .jpeg: try JPEG.decodeGray(bytes, limit: limit)
        case nil: throw .unknownKind
        }
    }

    /// Encodes a colour picture as this kind of file, with the kind's usual options.
    public static func encode(_ image: RGBImage, as kind: Kind) throws(ImageError) -> [UInt8] {
        switch kind {
        case .png: try PNG.encode(image)
        case .jpeg: try JPEG.encode(image)
        }
    }
}
