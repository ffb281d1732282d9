import Jobs
import Postgres
import Testing

@testable import JobStore

/// The plans of the hot statements, against tables whose statistics are as misleading as they get.
@Suite("Plans") struct PlanTests {
    /// A statement, parameters of it, and the indexes that it must use.
    struct Hot: Sendable, CustomTestStringConvertible {
        var name: String
        var sql: String
        var parameters: [PostgresValue]
        var indexes: [String]
        var testDescription: String { name }
    }

    static let hot = [
        Hot(
            name: "candidates", sql: JobStore.candidatesSQL, parameters: [.int8(1), .int8(64)],
            indexes: ["batch_active", "batch_count_pkey"]),
        Hot(
            name: "take returned", sql: Taking.takeReturnedSQL, parameters: [.int8(1), .int8(100), .int8(1)],
            indexes: ["job_ready_pkey"]),
        Hot(
            name: "take block", sql: Taking.takeBlockSQL, parameters: [.int8(1), .int8(100)],
            indexes: ["batch_block_pkey"]),
        Hot(
            name: "payloads", sql: Taking.payloadsSQL, parameters: [.int8(100), .int8(200)], indexes: ["job_p0_pkey"]),
        Hot(
            name: "record done", sql: Recorder.recordDoneSQL,
            parameters: [.int8Array([1, 2]), .int8Array([1, 2]), .int8Array([1, 1]), .byteaArray([[1], [1]])]
                + [PostgresValue](repeating: .int8Array([1, 2]), count: 3)
                + [.byteaArray([[1], [1]]), .byteaArray([[1], [1]]), .int8Array([1, 2])]
                + [.nullableTextArray([nil, "{}"])],
            indexes: ["job_live_pkey"]),
        Hot(
            name: "take live", sql: TakenJob.takeSQL, parameters: [.int8Array([1, 2]), .int8Array([1, 2])],
            indexes: ["job_live_pkey"]),
        Hot(
            name: "take overdue", sql: JobStore.takeOverdueSQL, parameters: [.int8(100)], indexes: ["job_live_due"]),
        Hot(
            name: "note progress", sql: Recorder.noteProgressSQL,
            parameters: [.int8Array([1]), .int8Array([1]), .int8Array([1]), .int8Array([1]), .int8Array([1])]
                + [.textArray(["n"]), .byteaArray([[1]]), .int8Array([1]), .byteaArray([[1]]), .byteaArray([[1]])],
            indexes: ["job_live_pkey", "batch_pkey"]),
        Hot(
            name: "promote", sql: JobStore.promoteSQL, parameters: [.int8(1_000)],
            indexes: ["job_later_due", "job_later_pkey"]),
        Hot(
            name: "waiting jobs", sql: NeedSettlement.findSQL, parameters: [.int8Array([1, 2]), .int8(100)],
            indexes: ["job_need_pkey"]),
        Hot(
            name: "ended jobs", sql: NeedSettlement.endedSQL, parameters: [.int8Array([1, 2])],
            indexes: ["job_done_p0_pkey"]),
        Hot(
            name: "release", sql: NeedSettlement.releaseSQL, parameters: [.int8Array([1, 2])],
            indexes: ["job_later_pkey", "job_need_id"]),
        Hot(
            name: "what was made", sql: InputResolution.madeSQL, parameters: [.int8Array([1, 2])],
            indexes: ["job_done_p0_pkey"]),
        Hot(
            name: "count", sql: Counters.changeSQL,
            parameters: [PostgresValue](repeating: .int8(1), count: 8), indexes: ["batch_count_pkey"]),
    ]

    @Test(arguments: hot) func usesItsIndexes(_ hot: Hot) async throws {
        try await StoreFixture.with { fixture in
            try await fill(fixture)
            let plan = try await fixture.pool.withConnection { connection in
                try connection.transaction {
                    try connection.preferIndexes()
                    return try connection.query("EXPLAIN " + hot.sql, hot.parameters).map { try $0.string(0) }
                        .joined(separator: "\n")
                }
            }
            for index in hot.indexes { #expect(plan.contains(index), "\(plan)") }
            #expect(!plan.contains("Seq Scan"), "\(plan)")
            #expect(!plan.contains("stray"), "partitions that cannot matter are not looked at: \(plan)")
        }
    }

    @Test("The look at what there is to do searches indexes, with nothing that keeps the planner to them")
    func agenda() async throws {
        try await StoreFixture.with { fixture in
            try await fill(fixture)
            let plan = try await fixture.pool.query("EXPLAIN " + JobStore.agendaSQL).map { try $0.string(0) }
                .joined(separator: "\n")
            for index in ["job_live_due", "job_live_leased", "job_later_due"] {
                #expect(plan.contains(index), "\(plan)")
            }
            #expect(!plan.contains("Seq Scan on job"), "\(plan)")
        }
    }

    /// Two batches, half handed out, in tables analysed while empty: the planner believes that reading a whole one costs
    /// nothing.
    private func fill(_ fixture: StoreFixture) async throws {
        try await fixture.pool.execute("ANALYZE")
        for _ in 0..<2 {
            let batch = try await fixture.batch(lines: 3_000)
            let jobs = try await fixture.dispatch(1_500, of: batch)
            _ = try await fixture.record(.failed(RecordingTests.soft), of: jobs[0].lease)
            _ = try await fixture.record(.snoozed(.zero), of: jobs[1].lease)
        }
    }
}
