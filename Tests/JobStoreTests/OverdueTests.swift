import Jobs
import Postgres
import Testing

@testable import JobStore

@Suite("Overdue executions") struct OverdueTests {
    private static let limited = BatchSchedule(
        maximumAttempts: 2, timeout: .seconds(7_200), progressTimeout: .seconds(3_600))
    private static let stuck = "UPDATE job_live SET due_at = 'epoch' WHERE id = $1"
    private static let slow = "UPDATE job_live SET due_at = 'epoch', started_at = 'epoch' WHERE id = $1"

    @Test func anAttemptIsBurntAndTheLastOneEndsTheJob() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let batch = try await fixture.batch(lines: 2, schedule: Self.limited)
            for (attempt, sql) in [(1, Self.slow), (2, Self.stuck)] {
                let jobs = try await fixture.dispatch(2, of: batch)
                #expect(jobs.map(\.attempt) == [attempt, attempt])
                #expect(try await store.endOverdue(term: fixture.term).isEmpty)
                _ = try await fixture.record(.started, of: jobs[0].lease, jobs[1].lease)
                #expect(try await store.endOverdue(term: fixture.term).isEmpty)
                for job in jobs { try await fixture.pass(sql, job.lease.job.rawValue) }
                #expect(try await Set(store.endOverdue(term: fixture.term)) == Set(jobs.map(\.lease)))
                #expect(try await store.endOverdue(term: fixture.term).isEmpty)
                #expect(try await fixture.record(.done(StoreFixture.result()), of: jobs[0].lease).stale == 1)
                let code = attempt == 1 ? JobFailure.timeoutCode : JobFailure.stuckCode
                #expect(try await fixture.jobs(of: batch).map { $0.failure?.code } == [code, code])
                #expect(try await store.promoteDue(term: fixture.term) == (attempt == 1 ? 2 : 0))
                try await fixture.audit()
            }
            let over = try await store.batch(batch.id)
            #expect(over.state == .finished)
            #expect(over.counts == BatchCounts(failed: 2))
            let letters = try await store.deadLetters(DeadLetterFilter(code: JobFailure.stuckCode), limit: 9).elements
            #expect(letters.map(\.attempts) == [2, 2])
        }
    }

    @Test func aReportOfProgressBuysTimeButNotBeyondTheWholeAttempt() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let batch = try await fixture.batch(lines: 1, schedule: Self.limited)
            let lease = try await fixture.dispatch(1, of: batch)[0].lease
            _ = try await fixture.record(.started, of: lease)
            let step = Fact.Event.progress(JobProgress(step: 1, total: 9))
            try await fixture.pass(Self.stuck, lease.job.rawValue)
            _ = try await fixture.record(step, of: lease)
            #expect(try await store.endOverdue(term: fixture.term).isEmpty)
            try await fixture.pass(Self.slow, lease.job.rawValue)
            _ = try await fixture.record(step, of: lease)
            #expect(try await store.endOverdue(term: fixture.term) == [lease])
        }
    }

    /// A start that is delivered again, as any fact may be, does not begin the attempt anew.
    @Test func aRepeatedStartBuysNoTime() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 1, schedule: Self.limited)
            let lease = try await fixture.dispatch(1, of: batch)[0].lease
            _ = try await fixture.record(.started, of: lease)
            try await fixture.pass(Self.slow, lease.job.rawValue)
            #expect(try await fixture.record(.started, of: lease).started == 1)
            #expect(try await fixture.store.endOverdue(term: fixture.term) == [lease])
        }
    }

    @Test func batchesWithoutALimitAreNeverOverdue() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 1)
            let lease = try await fixture.dispatch(1, of: batch)[0].lease
            _ = try await fixture.record(.started, of: lease)
            _ = try await fixture.record(.progress(JobProgress(step: 1, total: 2)), of: lease)
            let due = try await fixture.pool.query("SELECT due_at FROM job_live")
            #expect(try due[0].isNull(0))
        }
    }
}
