import Jobs
import Postgres
import Testing

@testable import JobStore

/// Clocks that were set back, as by an NTP server after a start with a wrong one: what they gave out before would last
/// until they are there again.
@Suite("Clocks of the store") struct ClockTests {
    @Test("A lease of leadership from the future does not keep others waiting")
    func leadership() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            #expect(try await store.acquireLeadership(holder: "other", ttl: .seconds(6)) == nil)
            // An hour ago by the clock, the leader renewed its lease in what is now the future, and is gone.
            _ = try await fixture.pool.query(
                "UPDATE leader SET expires_at = expires_at + interval '1h', renewed_at = renewed_at + interval '1h'")
            let term = try #require(try await store.acquireLeadership(holder: "other", ttl: .seconds(6)))
            #expect(term > fixture.term)
            #expect(try await !store.renewLeadership(holder: "test", term: fixture.term, ttl: .seconds(6)))
            #expect(await reason { _ = try await store.cancelStep(term: fixture.term) } == .staleTerm)
            // Who leads and goes on renewing keeps the term.
            #expect(try await store.renewLeadership(holder: "other", term: term, ttl: .seconds(6)))
            #expect(try await store.acquireLeadership(holder: "test", ttl: .seconds(6)) == nil)
        }
    }

    @Test("Leases of workers without Redis last no longer than any that is given")
    func leases() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let batch = try await fixture.batch(lines: 2)
            let jobs = try await store.claim(
                from: [(batch.lane, 2)], by: StoreFixture.worker, lease: .seconds(12))
            #expect(jobs.count == 2)
            func left() async throws -> [Int64] {
                try await fixture.pool.query(
                    """
                    SELECT extract(epoch FROM leased_until - clock_timestamp())::int8 FROM job_live ORDER BY id
                    """
                ).map { try $0.int64(0) }
            }
            let before = try await left()
            try await store.shortenLeases(to: .seconds(60))
            #expect(zip(try await left(), before).allSatisfy { abs($0 - $1) < 10 }, "they are in order")
            try await fixture.pass(
                "UPDATE job_live SET leased_until = leased_until + interval '1h' WHERE id = $1",
                jobs[0].lease.job.rawValue)
            try await store.shortenLeases(to: .seconds(60))
            #expect((50...60).contains(try await left()[0]))
        }
    }

    @Test("After PostgreSQL was set back, no epoch is given out that Redis may know")
    func epochs() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 2)
            let before = try await fixture.dispatch(1, of: batch)[0].lease.epoch
            let next = try #require(
                try await fixture.store.advanceTerm(
                    fixture.term, beyond: Term(90), holder: "test", ttl: .seconds(600)))
            let after = try await fixture.store.dispatch(lane: batch.lane, limit: 1, term: next)[0].lease.epoch
            #expect(after.rawValue > before.rawValue + 1_000_000_000)
            // Lua has to tell them apart.
            #expect(after.rawValue < 1 << 53)
        }
    }
}
