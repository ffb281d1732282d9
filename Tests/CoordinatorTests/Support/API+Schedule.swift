import Foundation
import JobAPI

extension API {
    /// Submits so many captions in one request.
    /// - Parameters:
    ///   - startAt: Nothing of it runs before.
    ///   - expiresAt: What has not begun by then is called off.
    func submitAtOnce(
        _ count: Int, name: String, startAt: Date? = nil, expiresAt: Date? = nil
    ) async throws -> BatchView {
        let body = CreateBatchBody(
            name: name, model: "demo", startAt: startAt, expiresAt: expiresAt,
            items: (0..<count).map { CronItem(caption: "a man with beard", customID: "c\($0)") })
        let json = String(decoding: try WireFormat.encode(body), as: UTF8.self)
        return try await post(Routes.batches, json: json).read(BatchView.self)
    }
}
