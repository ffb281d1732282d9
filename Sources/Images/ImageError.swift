/// Why a picture could not be read, written or drawn.
public enum ImageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A buffer does not hold the pixels of a picture of this size.
    case wrongSize(width: Int, height: Int, bytes: Int)

    /// The file's first bytes are not those of a PNG file.
    case notPNG

    /// The file's first bytes are not those of a JPEG file.
    case notJPEG

    /// The file's first bytes are those of no kind of picture that Tedi reads.
    case unknownKind

    /// The picture is larger than the caller or the kind of file allows.
    case tooLarge(width: Int, height: Int)

    /// The library for this kind of file refused the file or the picture; its own words.
    case codec(ImageFile.Kind, String)

    /// The font library refused the font; its own error number and the font's path.
    case font(path: String, code: Int)

    /// One sentence that says what is wrong.
    public var description: String {
        switch self {
        case .wrongSize(let width, let height, let bytes):
            "\(bytes) bytes are not the pixels of a picture of \(width) x \(height)"
        case .notPNG: "not a PNG file"
        case .notJPEG: "not a JPEG file"
        case .unknownKind: "neither a PNG nor a JPEG file"
        case .tooLarge(let width, let height): "the picture is too large: \(width) x \(height) pixels"
        case .codec(let kind, let message): "the \(kind) file is damaged or cannot be used: \(message)"
        case .font(let path, let code): "the font \(path) cannot be used (FreeType error \(code))"
        }
    }
}
