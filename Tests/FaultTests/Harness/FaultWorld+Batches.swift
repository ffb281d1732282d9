import Client
import Foundation
import JobAPI
import Postgres
import Synchronization
import Testing

extension FaultWorld {
    /// Submits a batch of drills through whatever goes wrong meanwhile; its jobs may run when this returns.
    ///
    /// Every step is repeated with one idempotency key, with whichever coordinator answers.
    /// - Returns: The batch.
    @discardableResult
    func submit(
        _ scripts: [String], kind: BatchKind = .drill, band: BatchBand = .bulk, uniqueKey: String? = nil,
        key: String = UUID().uuidString, within limit: Duration = .seconds(90)
    ) async throws -> Int64 {
        var lines = ItemLines()
        for script in scripts { lines.append("{\"caption\":\"\(script)\"}".utf8) }
        let items = lines
        let body = CreateBatchBody(name: "faults", model: "drill", kind: kind, band: band, uniqueKey: uniqueKey)
        let result = Mutex<Int64?>(nil)
        try await eventually("a batch of \(scripts.count) is submitted", within: limit) {
            let id = try await withClient { client in
                let batch = try await client.createBatch(body, idempotencyKey: key)
                if batch.state == .open {
                    try await client.upload(items, to: batch.id)
                    _ = try await client.seal(batch: batch.id)
                }
                return batch.id
            }
            result.withLock { $0 = id }
            return true
        }
        return try #require(result.withLock { $0 })
    }

    /// Waits until every batch is over.
    func finishAll(within limit: Duration = .seconds(120)) async throws {
        try await eventually("every batch is over", within: limit) {
            try await number("SELECT count(*) FROM batch WHERE state NOT IN (3, 4, 6)") == 0
        }
    }

    /// Waits until so many jobs have ended.
    func ended(_ count: Int, within limit: Duration = .seconds(60)) async throws {
        try await eventually("\(count) jobs have ended", within: limit) {
            try await number("SELECT count(*) FROM job_done") >= count
        }
    }

    /// How many jobs ended in a state: 1 succeeded, 2 failed, 3 cancelled.
    func count(ended state: Int) async throws -> Int {
        try await number("SELECT count(*) FROM job_done WHERE state = $1", [.int8(Int64(state))])
    }
}
