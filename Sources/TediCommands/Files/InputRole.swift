/// What a file is for in a job: the fields of an item that name artifacts.
package enum InputRole: String, CaseIterable, Sendable {
    case photo
    case sketch
    case labels
    case code
    case sources
    case index

    /// The types of files that may stand there.
    var types: Set<InputType> {
        switch self {
        case .photo, .sketch: [.png, .jpeg]
        // JPEG mixes the classes along every edge.
        case .labels: [.png]
        case .code: [.code]
        case .sources: [.png, .jpeg, .code]
        case .index: [.lines]
        }
    }

    /// The same in words.
    var wanted: String {
        switch self {
        case .photo, .sketch: "a PNG or JPEG file"
        case .labels: "a PNG file, one class for each colour"
        case .code: "a latent code (safetensors), as jobs make them"
        case .sources: "a latent code (safetensors) or a PNG or JPEG file"
        case .index: "JSON lines, as tedi evaluate writes them"
        }
    }
}

/// What a file is, told by its first bytes; its name does not say.
package enum InputType: Sendable {
    case png
    case jpeg
    case code
    case lines

    /// How many bytes tell it.
    static let headLength = 16

    init?(_ head: some Collection<UInt8>) {
        if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if head.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if head.dropFirst(8).first == UInt8(ascii: "{"), head.dropFirst(4).prefix(4).allSatisfy({ $0 == 0 }) {
            // Eight bytes of the header's length, then the header.
            self = .code
        } else if head.first == UInt8(ascii: "{") {
            self = .lines
        } else {
            return nil
        }
    }

    /// The name for people.
    var name: String {
        switch self {
        case .png: "a PNG file"
        case .jpeg: "a JPEG file"
        case .code: "a latent code"
        case .lines: "JSON"
        }
    }
}
