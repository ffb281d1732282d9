import Client
import Foundation
import JobAPI
import Postgres
import Testing

/// An execution that the coordinator ended because it took too long.
private struct Overdue {
    let batch: Int64
    let code: String
    /// Its job and epoch, as ``Daemon/drops`` has them.
    let lease: String
    let ended: Date

    static func all(in world: FaultWorld) async throws -> [Overdue] {
        try await world.query(
            """
            SELECT j.batch_id, e.code, e.id, e.epoch, extract(epoch FROM e.ended)::float8
            FROM (
                SELECT a.id, a.epoch, coalesce(a.code, '') AS code, a.at AS ended FROM job_attempt a WHERE a.outcome = 1
                UNION ALL
                SELECT d.id, d.epoch, coalesce(d.failure_code, ''), d.finished_at FROM job_done d WHERE d.state = 2
            ) e JOIN job j ON j.id = e.id ORDER BY e.id, e.epoch
            """
        ).map { row in
            Overdue(
                batch: try row.int64(0), code: try row.string(1), lease: "\(try row.int64(2)):\(try row.int64(3))",
                ended: Date(timeIntervalSince1970: try row.double(4)))
        }
    }
}

extension FaultSuite {
    @Suite("Jobs that take too long", .serialized)
    struct TimeoutFaults {
        @Test(
            "Jobs that hang or dawdle are ended, and their worker is told within a beat and goes on",
            .timeLimit(.minutes(3)), arguments: [false, true])
        func overdue(isWithoutRedis: Bool) async throws {
            try await FaultWorld.with(.init(workers: 1, isWithoutRedis: isWithoutRedis)) { world in
                let worker = try #require(world.workers.first)
                // Long drills, which look between steps whether they are still wanted; a pass cannot be interrupted.
                let stuck = try await submit("steps=5 hang=9", attempts: 2, progressTimeout: 1, to: world)
                // It reports step after step, and would go on for half an hour.
                let slow = try await submit("steps=100000 ms=20", attempts: 2, timeout: 2, to: world)
                let once = try await submit("steps=5 ms=20 hang=1", attempts: 9, progressTimeout: 2, to: world)
                try await world.ended(3, within: .seconds(90))
                let overdue = try await Overdue.all(in: world)
                let codes = Dictionary(grouping: overdue, by: \.batch).mapValues { $0.map(\.code) }
                #expect(codes[stuck] == ["stuck", "stuck"])
                #expect(codes[slow] == ["timeout", "timeout"])
                #expect(Set(codes[once] ?? []) == ["stuck"])
                #expect(try await world.count(ended: 1) == 1, "whoever hangs once has another attempt")
                let letters = try await world.query("SELECT code FROM dead_letter ORDER BY batch_id")
                #expect(try letters.map { try $0.string(0) } == ["stuck", "timeout"])

                try await eventually("the worker was told of each", within: .seconds(15)) {
                    let drops = worker.drops
                    return overdue.allSatisfy { drops[$0.lease] != nil }
                }
                let drops = worker.drops
                let times = overdue.compactMap { ended in drops[ended.lease]?.timeIntervalSince(ended.ended) }
                print("overdue jobs: the worker let go of them after \(times.map { Int($0 * 1_000) }) ms")
                // The next beat tells, at most one beat later; the rest is for a busy machine.
                #expect(times.allSatisfy { $0 < (FaultWorld.beat * 2 + FaultLength.patience).seconds }, "\(times)")

                // The one worker has room again only where it has really let go of all of them.
                try await world.submit(Array(repeating: "ms=1", count: 20))
                try await world.settle()
                #expect(try await world.count(ended: 1) == 21)
                #expect(world.workers.map(\.id) == [worker.id])
                #expect(try await world.number("SELECT max(crashes)::int8 FROM job_done") == 0)
            }
        }

        /// Submits one long drill whose attempts may take so many seconds, or go so many without a report.
        private func submit(
            _ script: String, attempts: Int, timeout: Int? = nil, progressTimeout: Int? = nil, to world: FaultWorld
        ) async throws -> Int64 {
            let body = CreateBatchBody(
                name: "limited", model: "drill", kind: .longDrill, maximumAttempts: attempts, timeoutSeconds: timeout,
                progressTimeoutSeconds: progressTimeout)
            let key = UUID().uuidString
            return try await world.withClient { client in
                try await client.submit(body, items: [CronItem(caption: script)], idempotencyKey: key).id
            }
        }
    }
}
