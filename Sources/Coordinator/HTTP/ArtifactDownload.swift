import Artifacts
import HTTPTypes
import Hummingbird
import NIOCore

/// An object on its way to a client, a piece at a time: a client may be as slow as it likes, and there may be many.
struct ArtifactDownload {
    /// Most bytes of an object that are in memory for one download.
    static let piece = 256 << 10

    let store: any ArtifactStore
    let digest: ArtifactDigest
    let size: Int

    func response(headers: HTTPFields) async throws -> Response {
        guard size > Self.piece else {
            let bytes = try await store.get(digest)
            return Answers.bytes(bytes, type: Self.contentType(of: bytes), headers: headers)
        }
        var headers = headers
        headers[.contentType] = Self.contentType(of: try await store.read(digest, from: 0, upTo: 8))
        headers[.xContentTypeOptions] = "nosniff"
        return Response(
            status: .ok, headers: headers, body: ResponseBody(contentLength: size) { try await write(to: &$0) })
    }

    /// Writes all pieces; the last one only where the bytes are those of the name.
    ///
    /// Else the connection is cut, so that nobody takes what is damaged for the object.
    private func write(to writer: inout any ResponseBodyWriter) async throws {
        var sum = ArtifactDigest.Sum()
        var offset = 0
        while offset < size {
            let bytes = try await store.read(digest, from: offset, upTo: min(Self.piece, size - offset))
            sum.add(bytes)
            offset += bytes.count
            guard !bytes.isEmpty, offset < size || sum.digest == digest else {
                throw ArtifactError(.corrupt, "object \(digest) does not hold the bytes it is named after")
            }
            try await writer.write(ByteBuffer(bytes: bytes))
        }
        try await writer.finish(nil)
    }

    /// A picture, a latent code (safetensors) or a manifest: told by the first bytes, for the name does not say.
    static func contentType(of bytes: [UInt8]) -> String {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if bytes.first == UInt8(ascii: "{") { return "application/json" }
        return "application/octet-stream"
    }
}
