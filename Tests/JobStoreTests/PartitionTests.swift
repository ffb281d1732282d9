import Jobs
import Postgres
import Testing

@testable import JobStore

/// No row of a job may be without a partition, however many ids were taken meanwhile.
@Suite("Partitions") struct PartitionTests {
    @Test("Ids that others took since partitions were made find one all the same")
    func idsRunAhead() async throws {
        try await StoreFixture.with { fixture in
            _ = try await fixture.batch(lines: 1)
            for start in [7_500_000, 19_999_999] {
                // As uploads do that are refused, or that other coordinators take.
                _ = try await fixture.pool.query("SELECT setval('job_id', $1)", [.int8(Int64(start))])
                let batch = try await fixture.batch(lines: 2)
                #expect(
                    try await fixture.jobs(of: batch).map(\.id.rawValue)
                        == [Int64(start), Int64(start) + 1].map {
                            // The first reservation had no partition, and is not used.
                            $0 + 2
                        })
                let few = try BatchSpecification(name: "few", model: "demo")
                _ = try await fixture.store.submit(few, StoreFixture.items(1)) { _, _ in [] }
            }
            #expect(try await Self.strays(fixture) == 0)
        }
    }

    @Test("Rows that strayed are moved when their partition is made, and uploads go on")
    func straysComeHome() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 1)
            _ = try await fixture.pool.query("SELECT setval('job_id', 9500000)")
            _ = try await fixture.pool.query(
                """
                INSERT INTO job (id, batch_id, line, sample, payload)
                SELECT g, $1, g, 0, '{}' FROM generate_series(9000001, 9000003) g
                """, [.int8(batch.id.rawValue)])
            _ = try await fixture.pool.query(
                """
                INSERT INTO job_done (id, epoch, batch_id, state, attempt, crashes)
                VALUES (9000001, 1, $1, 3, 0, 0)
                """, [.int8(batch.id.rawValue)])
            #expect(try await Self.strays(fixture) == 4)
            try await fixture.store.makePartitionsAhead()
            #expect(try await Self.strays(fixture) == 0)
            let home = try await fixture.pool.query("SELECT id FROM job_p9 ORDER BY id").map { try $0.int64(0) }
            #expect(home == [9_000_001, 9_000_002, 9_000_003])
            #expect(try await fixture.pool.query("SELECT id FROM job_done_p9").map { try $0.int64(0) } == [9_000_001])
            #expect(try await fixture.batch(lines: 3).items == 3)
        }
    }

    @Test("Many uploads at once that each take many ids all find partitions")
    func manyAtOnce() async throws {
        try await StoreFixture.with { fixture in
            let specification = try BatchSpecification(name: "many", model: "demo", samples: 1_000)
            _ = try await fixture.batch(lines: 1)
            _ = try await fixture.pool.query("SELECT setval('job_id', 2990000)")
            try await withThrowingTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        _ = try await fixture.store.submit(specification, StoreFixture.items(5)) { _, _ in [] }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await Self.strays(fixture) == 0)
            #expect(try await fixture.pool.query("SELECT count(*) FROM job")[0].int64(0) == 40_001)
        }
    }

    @Test("A submission of more jobs than a transaction takes is refused before it takes ids")
    func tooMany() async throws {
        try await StoreFixture.with { fixture in
            let before = try await fixture.pool.query("SELECT last_value FROM job_id")[0].int64(0)
            let specification = try BatchSpecification(name: "many", model: "demo", samples: 1_000)
            let refusal = await reason {
                _ = try await fixture.store.submit(specification, StoreFixture.items(11)) { _, _ in [] }
            }
            #expect(refusal == .tooManyJobs)
            #expect(try await fixture.pool.query("SELECT last_value FROM job_id")[0].int64(0) == before)
        }
    }

    @Test("While somebody reads all tables for long, as a dump does, nobody waits for partitions, and uploads go on")
    func duringADump() async throws {
        try await StoreFixture.with { fixture in
            _ = try await fixture.batch(lines: 1)
            let dump = PostgresConnection(fixture.pool.options)
            try await dump.execute("BEGIN; LOCK TABLE job, job_done, job_attempt IN ACCESS SHARE MODE")
            // Of the partitions that are there, the last is reached.
            _ = try await fixture.pool.query("SELECT setval('job_id', 2500000)")
            let fresh = JobStore(pool: fixture.pool)
            let clock = ContinuousClock()
            let time = try await clock.measure {
                for store in [fixture.store, fresh] {
                    for _ in 0..<5 {
                        let few = try BatchSpecification(name: "few", model: "demo")
                        _ = try await store.submit(few, StoreFixture.items(2)) { _, _ in [] }
                    }
                }
            }
            #expect(time < .seconds(10), "each of them waited")
            func partitions() async throws -> Int {
                try await fixture.pool.query(
                    "SELECT count(*) FROM pg_class WHERE relname ~ '^job_p[0-9]+$' AND relkind = 'r'")[0].int(0)
            }
            let before = try await partitions()
            try await dump.execute("COMMIT")
            await dump.close()
            try await fixture.store.makePartitionsAhead()
            #expect(try await partitions() > before)
            #expect(try await Self.strays(fixture) == 0)
        }
    }

    private static func strays(_ fixture: StoreFixture) async throws -> Int64 {
        try await fixture.pool.query(
            """
            SELECT (SELECT count(*) FROM job_stray) + (SELECT count(*) FROM job_done_stray)
                + (SELECT count(*) FROM job_attempt_stray)
            """)[0].int64(0)
    }
}
