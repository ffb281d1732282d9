import Artifacts
import HTTPTypes
import Hummingbird
import JobAPI
import JobStore
import Jobs
import NIOCore

/// Takes inputs into the store: pictures, codes and indexes of batches, told apart by their bytes.
///
/// A body is read no faster than it comes, and never beyond its limit. Those that are held at once are few: the others
/// are asked to come again.
struct ArtifactUpload: Sendable {
    /// Uploads at once; each may hold ``Limits/maximumArtifactBytes``.
    private static let limit = 16

    let store: any ArtifactStore
    let jobs: JobStore
    private let uploads = UseCount(limit: limit)

    init(store: any ArtifactStore, jobs: JobStore) {
        self.store = store
        self.jobs = jobs
    }

    /// Stores the body of a request, and notes whose it is.
    func run(_ request: Request, named digest: ArtifactDigest, for tenant: TenantID) async throws -> ArtifactView {
        guard uploads.enter() else {
            throw Problems.unavailable("The coordinator takes as many artifacts at once as it may.")
        }
        defer { uploads.leave() }
        let bytes = try await Self.read(request)
        guard ArtifactDigest(of: bytes) == digest else {
            throw Problems.badArtifact(
                "The \(bytes.count) bytes of the body have the SHA-256 \(ArtifactDigest(of: bytes)), not the one in the "
                    + "path. Compute it over the bytes that are sent, and send all of them.")
        }
        let kind = try Self.kind(of: bytes)
        if kind == .index { try await IndexCheck(jobs: jobs, tenant: tenant).run(bytes) }
        let artifact = OwnedArtifact(digest: digest.hex, kind: kind, bytes: bytes.count)
        try await jobs.checkRoom(for: artifact, of: tenant)
        // First the bytes, then the word that they are there.
        try await store.putMany([ArtifactObject(bytes, kind: .input)])
        try await jobs.own(artifact, by: tenant)
        return ArtifactView(digest: digest.hex, kind: kind.rawValue, bytes: bytes.count)
    }

    /// The body, if it keeps to the limit.
    ///
    /// One that is somewhat too large is received to its end all the same, and thrown away: closed under a client that
    /// is still sending, a connection is reset, and the answer is lost with it.
    private static func read(_ request: Request) async throws -> [UInt8] {
        let limit = Limits.maximumArtifactBytes
        let length = request.headers[.contentLength].flatMap { Int($0) }
        var bytes: [UInt8] = []
        var count = 0
        for try await buffer in request.body {
            count += buffer.readableBytes
            guard count <= 2 * limit else { break }
            if max(count, length ?? 0) <= limit {
                bytes.append(contentsOf: buffer.readableBytesView)
            } else {
                bytes = []
            }
        }
        guard max(count, length ?? 0) <= limit else { throw Problems.bodyTooLarge(limit: limit) }
        if let length, length > count { throw Problems.bodyInterrupted() }
        return bytes
    }

    /// What an input is; whether a picture can be read whole is seen by the worker that reads it.
    static func kind(of bytes: [UInt8]) throws -> OwnedArtifact.Kind {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .photo }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .photo }
        if isIndex(bytes) { return .index }
        if bytes.count > 8, bytes[8] == UInt8(ascii: "{"), bytes[..<8].reversed().prefix(4).allSatisfy({ $0 == 0 }) {
            do throws(ArtifactError) {
                _ = try LatentCodeFile(decoding: bytes)
                return .code
            } catch {
                throw Problems.badArtifact("The body looks like a safetensors file and is no code: \(error).")
            }
        }
        throw Problems.badArtifact(
            "The body is none of what can be uploaded: a PNG, a JPEG, a W+ code (safetensors with one float32 matrix "
                + "w_plus), or the index of a batch (one JSON object a line).")
    }

    /// Whether every line is a JSON object as far as its ends show.
    private static func isIndex(_ bytes: [UInt8]) -> Bool {
        guard bytes.first == UInt8(ascii: "{") else { return false }
        return IndexLines(bytes).allSatisfy { $0.first == UInt8(ascii: "{") && $0.last == UInt8(ascii: "}") }
    }
}
