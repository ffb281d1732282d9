import Jobs
import Postgres
import Testing

@testable import JobStore

@Suite("Orders of workers") struct WorkerOrderTests {
    @Test func ordersAreHeard() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            #expect(try await store.orders().isEmpty)
            try await store.order(.drain, of: StoreFixture.worker)
            #expect(try await store.orders() == [StoreFixture.worker: .drain])
            #expect(try await store.workers().map(\.order) == [.drain])
            try await store.announce([StoreFixture.announcement()])
            #expect(try await store.orders() == [StoreFixture.worker: .drain], "an announcement is no answer")
            try await store.order(.work, of: StoreFixture.worker)
            #expect(try await store.orders().isEmpty)
            let nobody = WorkerName(sanitizing: "nobody")
            #expect(await reason { try await store.order(.quiet, of: nobody) } == .notFound)
        }
    }

    @Test func aWorkerThatIsSilentWasNotSeenJustNow() async throws {
        try await StoreFixture.with { fixture in
            let (store, worker) = (fixture.store, StoreFixture.announcement())
            func age() async throws -> Double {
                try await fixture.pool.query(
                    "SELECT extract(epoch FROM clock_timestamp() - seen_at)::float8 FROM worker")[0].double(0)
            }
            _ = try await fixture.pool.query("DELETE FROM worker")
            try await store.announce([worker], heard: [worker.name: .now - .seconds(2_000)])
            #expect(try await (2_000...2_060).contains(age()))
            #expect(try await store.workers().map(\.isPresent) == [false])
            try await store.announce([worker])
            #expect(try await age() < 60)
            // Another coordinator had looked before.
            try await store.announce([worker], heard: [worker.name: .now - .seconds(2_000)])
            #expect(try await age() < 120)
        }
    }

    @Test(.timeLimit(.minutes(5))) func theWaitForTheDatabaseIsSilenceToo() async throws {
        try await StoreFixture.with { fixture in
            let (store, worker) = (fixture.store, StoreFixture.announcement())
            _ = try await fixture.pool.query("DELETE FROM worker")
            let heard = ContinuousClock.now
            let (isLocked, lock) = AsyncStream.makeStream(of: Void.self)
            async let holder: Void = store.transaction { connection in
                try connection.query("LOCK TABLE model IN ACCESS EXCLUSIVE MODE")
                lock.finish()
                try connection.query("SELECT pg_sleep(2)")
            }
            for await _ in isLocked {}
            try await store.announce([worker], heard: [worker.name: heard])
            try await holder
            let elapsed = heard.duration(to: .now) / .seconds(1)
            let age = try await fixture.pool.query(
                "SELECT extract(epoch FROM clock_timestamp() - seen_at)::float8 FROM worker")[0].double(0)
            #expect(elapsed >= 2 && age > elapsed - 1)
        }
    }

    @Test func saysWhyABatchCannotRun() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let batch = try await fixture.batch(lines: 1)
            #expect(try await store.whyUnschedulable(batch.id) == nil)

            try await store.order(.quiet, of: StoreFixture.worker)
            let quiet = try #require(try await store.whyUnschedulable(batch.id))
            #expect(quiet.contains("told to drain or to be quiet"))
            // Another that works is enough.
            try await store.announce([StoreFixture.announcement("worker-2")])
            #expect(try await store.whyUnschedulable(batch.id) == nil)

            _ = try await fixture.pool.query("UPDATE worker SET seen_at = seen_at - interval '1 hour'")
            let absent = try #require(try await store.whyUnschedulable(batch.id))
            #expect(absent.contains("no worker is present in the pool default"))

            let other = StoreFixture.announcement(
                "worker-3", model: "other", digest: String(repeating: "cd", count: 32))
            try await store.announce([other])
            let missing = try #require(try await store.whyUnschedulable(batch.id))
            #expect(missing.contains("none of the 1 workers"))
            #expect(missing.contains("demo"))
            #expect(try await store.whyUnschedulable(BatchID(999)) == nil)
        }
    }
}
