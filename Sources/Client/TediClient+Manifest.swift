import AsyncHTTPClient
public import Foundation
import JobAPI
import NIOHTTP1

extension TediClient {
    /// The manifest of a job that succeeded, as JSON: everything that is known of how its image came to be.
    public func manifest(of job: Int64) async throws(ClientError) -> Data {
        try await repeated(request(.GET, Routes.manifest(of: job))).body
    }
}
