/// What an object holds; decides its size limit and its media type, never its name.
public enum ArtifactKind: String, Sendable, CaseIterable {
    /// A finished picture: PNG.
    case image
    /// A W+ latent code: safetensors, see ``LatentCodeFile``.
    case code
    /// State of a long job, to go on from on another worker.
    case checkpoint
    /// What was measured or listed: a report, a curve of losses, JSON or JSONL.
    case report
    /// What a user brings: a picture, a code or a list of a batch.
    case input

    /// Largest accepted size, in bytes.
    public var limit: Int {
        switch self {
        case .image: 64 << 20
        case .code: 16 << 20
        case .checkpoint: 1 << 30
        case .report: 64 << 20
        case .input: 32 << 20
        }
    }

    /// Media type to serve `bytes` with, told from the bytes, since an object's name says nothing.
    public static func mediaType(of bytes: [UInt8]) -> String {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        // One object; a list of several, one a line, is no JSON. A code begins with its length, not with a brace.
        let isObject = bytes.first == UInt8(ascii: "{") && bytes.last == UInt8(ascii: "}")
        return isObject && !bytes.contains(UInt8(ascii: "\n")) ? "application/json" : "application/octet-stream"
    }
}

/// Bytes on their way into the store.
public struct ArtifactObject: Sendable {
    /// The bytes; never changed.
    public let bytes: [UInt8]
    /// What they are.
    public let kind: ArtifactKind
    /// Their name; made once, on the thread that makes the object.
    public let digest: ArtifactDigest

    /// Hashes `bytes`.
    public init(_ bytes: [UInt8], kind: ArtifactKind) {
        self.bytes = bytes
        self.kind = kind
        digest = ArtifactDigest(of: bytes)
    }

    func checkSize() throws(ArtifactError) {
        guard bytes.count <= kind.limit else {
            throw ArtifactError(
                .tooLarge, "an object of kind \(kind.rawValue) has \(bytes.count) bytes; the limit is \(kind.limit)")
        }
    }
}
