import AsyncHTTPClient
import Crypto
public import Foundation
import JobAPI
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

    /// SHA-256 of some bytes in 64 lower-case hexadecimal digits.
    public static func digest(of bytes: Data) -> String {
        SHA256.hash(data: bytes).map { String(UInt8($0) >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
