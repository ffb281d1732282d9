import AsyncHTTPClient
import Crypto
public import Foundation
public import JobAPI
import NIOCore
import NIOHTTP1

extension TediClient {
    /// Longest artifact that is read.
    static let artifactLimit = 256 << 20

    /// The bytes of an artifact, checked against its digest.
    ///
    /// - Parameters:
    ///   - digest: SHA-256 in 64 lower-case hexadecimal digits.
    ///   - job: A job that made it; only administrators need not say.
    public func artifact(_ digest: String, of job: Int64? = nil) async throws(ClientError) -> Data {
        let answer = try await repeated(request(.GET, Routes.artifact(digest, job: job)), limit: Self.artifactLimit)
        guard Self.digest(of: answer.body) == digest else { throw .corruptArtifact(digest: digest) }
        return answer.body
    }

    /// Downloads an artifact into a file: under another name first, so that the file is whole or not there.
    @discardableResult
    public func save(artifact digest: String, of job: Int64? = nil, to path: String) async throws(ClientError) -> Data {
        let bytes = try await artifact(digest, of: job)
        do {
            try bytes.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .file(path: path, reason: error.localizedDescription)
        }
        return bytes
    }

    /// Puts an input into the store: a PNG, a JPEG, a W+ code (safetensors) or the index of a batch (JSON lines).
    ///
    /// Repeating it changes nothing; ask ``hasArtifact(_:of:)`` first where the bytes are many.
    /// - Throws: A problem ``ProblemCode/badArtifact`` where the bytes are none of these.
    @discardableResult
    public func uploadArtifact(_ bytes: Data) async throws(ClientError) -> ArtifactView {
        var request = request(.PUT, Routes.artifact(Self.digest(of: bytes)))
        request.headers.add(name: "Content-Type", value: "application/octet-stream")
        request.body = .bytes(ByteBuffer(bytes: bytes))
        return try await ask(request)
    }

    /// Puts a file into the store, unless it is there: see ``uploadArtifact(_:)``.
    /// - Returns: Its digest.
    public func uploadArtifact(file path: String) async throws(ClientError) -> String {
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
        guard bytes.count <= Limits.maximumArtifactBytes else {
            throw .unreadable(
                path: path,
                reason: "it has \(bytes.count) bytes; \(Limits.maximumArtifactBytes) can be uploaded")
        }
        let digest = Self.digest(of: bytes)
        if try await !hasArtifact(digest) { try await uploadArtifact(bytes) }
        return digest
    }

    /// Whether the caller may name an artifact as an input already, or, where a job is named, whether that job made it.
    public func hasArtifact(_ digest: String, of job: Int64? = nil) async throws(ClientError) -> Bool {
        do {
            _ = try await repeated(request(.HEAD, Routes.artifact(digest, job: job, asInput: job == nil)))
            return true
        } catch {
            if error.status == 404 { return false }
            throw error
        }
    }

    /// Gives up an artifact that was uploaded; it counts no longer, and cannot be named in new lines.
    public func deleteArtifact(_ digest: String) async throws(ClientError) {
        _ = try await repeated(request(.DELETE, Routes.artifact(digest)))
    }

    /// How many jobs a batch of so many lines would have, and how long they would take.
    public func estimate(_ body: CreateBatchBody, lines: Int) async throws(ClientError) -> EstimateView {
        var request = request(.POST, Routes.estimate)
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try encoded(EstimateBody(batch: body, lines: lines))))
        return try await ask(request)
    }

    /// SHA-256 of some bytes in 64 lower-case hexadecimal digits.
    public static func digest(of bytes: Data) -> String {
        SHA256.hash(data: bytes).map { String(UInt8($0) >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
