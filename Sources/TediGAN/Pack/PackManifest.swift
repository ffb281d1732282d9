public import Captions

/// What `pack.json` says: everything about a model but its numbers.
public struct PackManifest: Sendable, Hashable {
    /// The largest `pack.json` that is read, in bytes.
    public static let sizeLimit = 16 << 20

    /// One file of the pack.
    public struct File: Sendable, Hashable, Codable {
        /// The file's plain name within the pack's directory.
        public var name: String
        /// Its size.
        public var bytes: Int
        /// SHA-256 of its content, in lower-case hexadecimal.
        public var sha256: String

        /// Creates an entry.
        public init(name: String, bytes: Int, sha256: String) {
            self.name = name
            self.bytes = bytes
            self.sha256 = sha256
        }
    }

    /// The format's version: 1 names a generator, a text encoder and perhaps an encoder of photos; 2 lists parts.
    public var format: Int
    /// The model's name: letters, digits, `.`, `_` and `-`, 64 at most.
    public var name: String
    /// Height and width of the images, in pixels.
    public var resolution: Int
    /// L, rows of a code.
    public var layers: Int
    /// C, width of a row.
    public var width: Int
    /// The networks, each with a role of its own.
    public var parts: [PackPart]
    /// The words that the text encoder knows, where the pack has one.
    public var vocabulary: Vocabulary?
    /// Words, attributes and layers.
    public var policy: LayerPolicy
    /// ψ of sampled style codes where a request does not say.
    public var truncation: Double
    /// How many noise draws compete to become a style code, 1...1024.
    public var styleCandidates: Int
    /// How photos are inverted; as published where the pack does not say.
    public var inversion: InversionObjective?
    /// How the pack came to be: recipe, data, figures; free-form.
    public var provenance: JSONValue
    /// All other files of the pack.
    public var files: [File]

    /// The network that has a role, or nil.
    public func part(_ role: PackRole) -> PackPart? { parts.first { $0.role == role } }

    /// Checks everything but the files' content.
    ///
    /// - Throws: ``TediGANError/invalid(_:)`` naming what is wrong.
    public func validate(subspaces: Set<String>) throws(TediGANError) {
        guard !name.isEmpty, name.utf8.count <= 64, Self.isPlain(name) else {
            throw .invalid("the model's name must be 1...64 letters, digits, dots, underscores and hyphens")
        }
        try validateParts()
        guard truncation.isFinite, (0...10).contains(truncation) else {
            throw .invalid("truncation must be in 0...10")
        }
        guard (1...1024).contains(styleCandidates) else { throw .invalid("styleCandidates must be in 1...1024") }
        try inversion?.validate()
        guard case .object = provenance else { throw .invalid("provenance must be an object") }
        try policy.validate(layers: layers, subspaces: subspaces)
        try validateFiles()
    }

    /// Checks names, sizes and digests of the file list.
    func validateFiles() throws(TediGANError) {
        guard files.count <= 16, Set(files.map(\.name)).count == files.count else {
            throw .invalid("a pack lists each file once, 16 at most")
        }
        for file in files {
            guard Self.isPlain(file.name), file.name != PackFile.manifest, !file.name.hasPrefix(".") else {
                throw .invalid("\"\(file.name.prefix(100))\" is not a plain file name")
            }
            guard (0...(8 << 30)).contains(file.bytes) else { throw .invalid("the size of \(file.name) is over 8 GiB") }
            guard file.sha256.utf8.count == 64, file.sha256.utf8.allSatisfy(Self.isLowerHex) else {
                throw .invalid("the SHA-256 of \(file.name) is not 64 lower-case hexadecimal digits")
            }
        }
    }

    /// Letters, digits, dots, underscores and hyphens: no separator, so that no name leads out of the directory.
    static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 128 && name != "." && name != ".."
            && name.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
                default: false
                }
            }
    }

    private static func isLowerHex(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...102).contains(byte)
    }
}

/// The files of a pack that no part owns.
enum PackFile {
    /// The description.
    static let manifest = "pack.json"
    /// The merges of CLIP's byte-pair encoding, by which it reads captions.
    static let merges = "merges.txt"
    /// The policy's subspaces, by name, each [k, C].
    static let policy = "policy.safetensors"
}
