import Jobs
import Postgres
import Testing

@testable import JobStore

@Suite("Pruning") struct PruningTests {
    private static let old = "UPDATE batch SET created_at = 'epoch', finished_at = 'epoch' WHERE id = $1"

    private static func cancelled(_ fixture: StoreFixture, lines: Int = 2) async throws -> BatchRecord {
        let batch = try await fixture.batch(lines: lines)
        _ = try await fixture.store.cancel(batch.id)
        _ = try await fixture.cancelAll()
        return batch
    }

    private static func prune(_ fixture: StoreFixture) async throws -> PruneReport {
        try await fixture.store.prune(olderThan: .seconds(3_600), term: fixture.term)
    }

    @Test func batchesGoWhenTheyWereOverForLongEnough() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let (gone, young) = (try await Self.cancelled(fixture), try await Self.cancelled(fixture))
            let open = try await store.createBatch(try BatchSpecification(name: "n", model: "demo")).batch
            let running = try await fixture.batch(lines: 2)
            let lease = try await fixture.dispatch(1, of: running)[0].lease
            _ = try await fixture.record(.failed(RecordingTests.hard), of: lease)
            try await fixture.pass(Self.old, gone.id.rawValue)
            for batch in [open, running] {
                try await fixture.pass("UPDATE batch SET created_at = 'epoch' WHERE id = $1", batch.id.rawValue)
            }
            #expect(try await store.prune(olderThan: nil, term: fixture.term) == PruneReport())
            #expect(try await Self.prune(fixture) == PruneReport(batches: 2))
            #expect(await reason { _ = try await store.batch(gone.id) } == .notFound)
            #expect(await reason { _ = try await store.batch(open.id) } == .notFound)
            #expect(try await store.batches(limit: 9).elements.map(\.id) == [running.id, young.id])
            #expect(try await store.deadLetters(DeadLetterFilter(), limit: 9).elements.count == 1)
            try await fixture.audit()
        }
    }

    @Test func aBatchThatIsStillUploadedStays() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let open = try await store.createBatch(try BatchSpecification(name: "n", model: "demo")).batch
            _ = try await store.append(try StoreFixture.items(3), to: open.id, from: 0)
            try await fixture.pass("UPDATE batch SET created_at = 'epoch' WHERE id = $1", open.id.rawValue)
            #expect(try await Self.prune(fixture).batches == 0)
            try await fixture.pass("UPDATE batch SET uploaded_at = 'epoch' WHERE id = $1", open.id.rawValue)
            #expect(try await Self.prune(fixture).batches == 1)
        }
    }

    @Test func jobsThatWaitedForOthersGoWithTheirBatch() async throws {
        try await StoreFixture.with { fixture in
            // An upload that nobody came back to, one of whose jobs waits for the other.
            let open = try await fixture.open()
            let items = [
                try StoreFixture.item(nil, named: "first"), try StoreFixture.item(.line("1")),
            ]
            _ = try await fixture.store.append(items, to: open.id, from: 0)
            func waiting() async throws -> Int {
                try await fixture.pool.query(
                    "SELECT (SELECT count(*) FROM job_ready) + (SELECT count(*) FROM job_later)")[0].int(0)
            }
            #expect(try await waiting() == 2)
            try await fixture.pass(
                "UPDATE batch SET created_at = 'epoch', uploaded_at = 'epoch' WHERE id = $1", open.id.rawValue)
            #expect(try await Self.prune(fixture).batches == 1)
            #expect(try await waiting() == 0)
        }
    }

    @Test func aLargeBatchGoesAlone() async throws {
        try await StoreFixture.with { fixture in
            for _ in 0..<3 {
                let batch = try await Self.cancelled(fixture)
                try await fixture.pass(Self.old, batch.id.rawValue)
            }
            try await fixture.pool.execute("UPDATE batch SET items = \(JobStore.itemsPerPrune)")
            #expect(try await Self.prune(fixture).batches == 1)
            #expect(try await Self.prune(fixture).batches == 1)
            #expect(try await Self.prune(fixture) == PruneReport(batches: 1))
        }
    }

    /// The key of a batch that is gone leads nowhere; whoever uses it again means a new one.
    @Test func theKeyOfABatchGoesWithIt() async throws {
        try await StoreFixture.with { fixture in
            let specification = try BatchSpecification(name: "n", model: "demo")
            let first = try await fixture.store.createBatch(specification, idempotencyKey: "k").batch
            _ = try await fixture.store.abandon(first.id)
            try await fixture.pass(Self.old, first.id.rawValue)
            #expect(try await Self.prune(fixture).batches == 1)
            let second = try await fixture.store.createBatch(specification, idempotencyKey: "k")
            #expect(!second.isReplay)
            #expect(second.batch.id != first.id)
        }
    }

    @Test func keysAreForgottenAfterADay() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let specification = try BatchSpecification(name: "n", model: "demo")
            for key in ["a", "b"] { _ = try await store.createBatch(specification, idempotencyKey: key) }
            _ = try await fixture.pool.query("UPDATE idem SET created_at = 'epoch' WHERE key = 'a'")
            #expect(try await store.prune(olderThan: nil, term: fixture.term) == PruneReport(keys: 1))
            #expect(try await !store.createBatch(specification, idempotencyKey: "a").isReplay)
            #expect(try await store.createBatch(specification, idempotencyKey: "b").isReplay)
        }
    }

    @Test func aPartitionGoesWithItsLastBatch() async throws {
        try await StoreFixture.with { fixture in
            func partitions() async throws -> [String] {
                try await fixture.pool.query(
                    """
                    SELECT relname::text FROM pg_class WHERE relname ~ '^job(_done|_attempt)?_p[01]$' ORDER BY 1
                    """
                ).map { try $0.string(0) }
            }
            let all = ["job_attempt_p0", "job_attempt_p1", "job_done_p0", "job_done_p1", "job_p0", "job_p1"]
            let first = try await Self.cancelled(fixture)
            // A batch on both sides of the border, and one in the second partition.
            _ = try await fixture.pool.query("SELECT setval('job_id', 999998)")
            let across = try await Self.cancelled(fixture, lines: 4)
            let third = try await fixture.batch(lines: 1)
            #expect(try await fixture.jobs(of: across).map(\.id.rawValue) == [999_998, 999_999, 1_000_000, 1_000_001])
            // The sequence has left the second partition as well.
            _ = try await fixture.pool.query("SELECT setval('job_id', 2000001)")

            try await fixture.pass(Self.old, first.id.rawValue)
            #expect(try await Self.prune(fixture) == PruneReport(batches: 1))
            #expect(try await partitions() == all)
            try await fixture.pass(Self.old, across.id.rawValue)
            #expect(try await Self.prune(fixture) == PruneReport(batches: 1, partitions: 1))
            #expect(try await partitions() == all.filter { $0.hasSuffix("1") })
            #expect(try await fixture.dispatch(9, of: third).count == 1)
            _ = try await fixture.store.cancel(third.id)
            _ = try await fixture.cancelAll()
            try await fixture.pass(Self.old, third.id.rawValue)
            #expect(try await Self.prune(fixture) == PruneReport(batches: 1, partitions: 1))
            #expect(try await partitions().isEmpty)
            #expect(try await fixture.batch(lines: 1).items == 1, "uploads go on")
        }
    }
}
