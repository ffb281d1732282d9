import Jobs
import Postgres
import Testing

@testable import JobStore

@Suite("Recording") struct RecordingTests {
    static let soft = JobFailure(code: "model_error", message: "out of “luck”\n", retryable: true)
    static let hard = JobFailure(code: "refused", message: "no", retryable: false)

    @Test func recordsAResultOnce() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 2)
            let lease = try await fixture.dispatch(1, of: batch)[0].lease
            let fact = Fact(lease: lease, worker: StoreFixture.worker, event: .done(StoreFixture.result(7)))
            // The same fact twice in a group, and again later, as after a crash before the acknowledgement.
            let report = try await fixture.store.record([fact, fact])
            #expect(report.succeeded == 1)
            #expect(report.stale == 1)
            let job = try await fixture.store.job(lease.job)
            #expect(job.state == .succeeded)
            #expect(job.result == StoreFixture.result(7))
            #expect(job.epoch == lease.epoch)
            #expect(job.attempts == 1)
            #expect(job.worker == "worker-1")
            #expect(job.finishedAt != nil)
            #expect(try await fixture.store.record([fact]) == RecordReport(stale: 1))
            #expect(try await fixture.record(.failed(Self.hard), of: lease).stale == 1)
            #expect(try await fixture.record(.lost(begun: true), of: lease).stale == 1)
            #expect(try await fixture.store.job(lease.job) == job)
            try await fixture.audit()
        }
    }

    @Test func factsOfOtherExecutionsChangeNothing() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 1)
            let first = try await fixture.dispatch(1, of: batch)[0].lease
            #expect(try await fixture.store.requeue([first], term: fixture.term) == 1)
            let second = try await fixture.dispatch(1, of: batch)[0]
            #expect(second.lease.epoch > first.epoch)
            #expect(second.attempt == 1, "what Redis lost does not count")
            for event in [
                Fact.Event.started, .done(StoreFixture.result()), .failed(Self.soft), .snoozed(.zero),
                .lost(begun: true),
            ] {
                #expect(try await fixture.record(event, of: first) == RecordReport(stale: 1))
            }
            let nowhere = Lease(job: JobID(999_999), epoch: second.lease.epoch)
            #expect(try await fixture.record(.done(StoreFixture.result()), of: nowhere) == RecordReport(stale: 1))
            #expect(try await fixture.store.requeue([first], term: fixture.term) == 0)
            #expect(try await fixture.record(.done(StoreFixture.result()), of: second.lease).succeeded == 1)
            try await fixture.audit()
        }
    }

    @Test func retriesUntilTheAttemptsAreUsedUp() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 1)
            for attempt in 1...5 {
                let job = try await fixture.dispatch(1, of: batch)[0]
                #expect(job.attempt == attempt)
                let report = try await fixture.record(.failed(Self.soft), of: job.lease)
                try await fixture.audit()
                guard attempt < 5 else {
                    #expect(report.failed == 1)
                    #expect(report.finishedBatches == [batch.id])
                    break
                }
                #expect(report.retried == 1)
                let waiting = try await fixture.store.job(job.lease.job)
                #expect(waiting.state == .queued)
                #expect(waiting.attempts == attempt)
                #expect(waiting.failure == Self.soft)
                #expect(try await fixture.store.promoteDue(term: fixture.term) == 1)
                try await fixture.audit()
            }
            let job = try await fixture.store.jobs(of: batch.id, limit: 1).elements[0]
            #expect(job.state == .failed)
            #expect(job.failure?.code == "model_error")
            #expect(job.failure?.message == Self.soft.message)
            #expect(job.attempts == 5)
        }
    }

    @Test func hopelessJobsFailAtOnce() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 1)
            let lease = try await fixture.dispatch(1, of: batch)[0].lease
            #expect(try await fixture.record(.failed(Self.hard), of: lease).failed == 1)
            #expect(try await fixture.store.batch(batch.id).counts == BatchCounts(failed: 1))
        }
    }

    @Test func waitsBeforeARetry() async throws {
        try await StoreFixture.with(policy: RetryPolicy(firstDelay: .seconds(3_600))) { fixture in
            let batch = try await fixture.batch(lines: 1)
            let lease = try await fixture.dispatch(1, of: batch)[0].lease
            _ = try await fixture.record(.failed(Self.soft), of: lease)
            #expect(try await fixture.store.promoteDue(term: fixture.term) == 0)
            let wait = try await fixture.pool.query(
                "SELECT extract(epoch FROM run_at - clock_timestamp())::float8 FROM job_later")
            #expect((150..<451).contains(try wait[0].double(0)))
            try await fixture.audit()
        }
    }

    @Test func jobsThatFailedTogetherDoNotComeBackTogether() async throws {
        try await StoreFixture.with(policy: RetryPolicy(firstDelay: .seconds(3_600))) { fixture in
            let batch = try await fixture.batch(lines: 50)
            let facts = try await fixture.dispatch(50, of: batch).map { job in
                Fact(lease: job.lease, worker: StoreFixture.worker, event: .failed(Self.soft))
            }
            #expect(try await fixture.store.record(facts).retried == 50)
            // From 150 to 450 s, by the longest delay: fifty draws fall into about 46 of these seconds, and within half
            // of them once in 10^13 times.
            let waits = try await fixture.pool.query(
                """
                SELECT count(DISTINCT date_trunc('second', run_at)),
                    extract(epoch FROM max(run_at) - min(run_at))::float8
                FROM job_later
                """)
            #expect(try waits[0].int64(0) > 30)
            #expect(try waits[0].double(1) >= 150)
            try await fixture.audit()
        }
    }

    @Test func interruptedWorkBurnsNoAttempt() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 1)
            for round in 0..<8 {
                let job = try await fixture.dispatch(1, of: batch)[0]
                #expect(job.attempt == 1)
                #expect(job.crashes == 0)
                let report = try await fixture.record(.snoozed(round < 7 ? .zero : .milliseconds(1)), of: job.lease)
                #expect(report.postponed == 1)
                try await fixture.audit()
            }
            var promoted = 0
            let deadline = ContinuousClock.now + .seconds(20)
            while promoted == 0, ContinuousClock.now < deadline {
                promoted = try await fixture.store.promoteDue(term: fixture.term)
            }
            #expect(try await fixture.dispatch(1, of: batch)[0].attempt == 1)
        }
    }

    @Test func poisonDiesAfterThreeCrashes() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 1)
            for crash in 0..<3 {
                let job = try await fixture.dispatch(1, of: batch)[0]
                #expect(job.crashes == crash)
                #expect(job.attempt == 1)
                #expect(job.isReturned == (crash > 0))
                let report = try await fixture.record(.lost(begun: true), of: job.lease)
                #expect(report.rerun == (crash < 2 ? 1 : 0))
                #expect(report.failed == (crash < 2 ? 0 : 1))
                try await fixture.audit()
            }
            let job = try await fixture.store.jobs(of: batch.id, limit: 1).elements[0]
            #expect(job.state == .failed)
            #expect(job.failure?.code == JobFailure.poisonCode)
            #expect(job.crashes == 3)
            #expect(try await fixture.store.batch(batch.id).state == .finished)
        }
    }

    @Test func jobsThatWaitedBesideACrashAreNotPoison() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 1)
            for _ in 0..<5 {
                let job = try await fixture.dispatch(1, of: batch)[0]
                #expect(job.crashes == 0)
                #expect(try await fixture.record(.lost(begun: false), of: job.lease).rerun == 1)
                try await fixture.audit()
            }
        }
    }

    @Test func notesLongRunningJobs() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 1)
            let lease = try await fixture.dispatch(1, of: batch)[0].lease
            #expect(try await fixture.store.job(lease.job).worker == nil)
            #expect(try await fixture.record(.started, of: lease) == RecordReport(started: 1))
            #expect(try await fixture.store.job(lease.job).worker == "worker-1")
            #expect(try await fixture.store.job(lease.job).state == .running)
            try await fixture.audit()
        }
    }

    @Test func recordsLargeMixedGroups() async throws {
        try await StoreFixture.with { fixture in
            let batches = [try await fixture.batch(lines: 1_500), try await fixture.batch(lines: 1_500)]
            let jobs = try await fixture.dispatch(3_000, of: batches[0])
            let facts = jobs.enumerated().map { index, job in
                let event: Fact.Event =
                    switch index % 5 {
                    case 0: .failed(Self.soft)
                    case 1: .lost(begun: true)
                    case 2: .snoozed(.zero)
                    case 3: .failed(Self.hard)
                    default: .done(StoreFixture.result(index))
                    }
                return Fact(lease: job.lease, worker: WorkerName(sanitizing: "w\(index % 7)"), event: event)
            }
            // Two recorders with the same facts: each counts once.
            let reports = try await withThrowingTaskGroup { group in
                for _ in 0..<2 { group.addTask { try await fixture.store.record(facts) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(reports.map(\.succeeded).reduce(0, +) == 600)
            #expect(reports.map(\.failed).reduce(0, +) == 600)
            #expect(reports.map(\.retried).reduce(0, +) == 600)
            #expect(reports.map(\.rerun).reduce(0, +) == 600)
            #expect(reports.map(\.postponed).reduce(0, +) == 600)
            #expect(reports.map(\.stale).reduce(0, +) == 3_000)
            try await fixture.audit()
        }
    }

    @Test func listsJobsByState() async throws {
        try await StoreFixture.with(policy: RetryPolicy(firstDelay: .seconds(3_600))) { fixture in
            let store = fixture.store
            let batch = try await fixture.batch(lines: 10, samples: 2)
            let jobs = try await fixture.dispatch(12, of: batch).map(\.lease)
            _ = try await fixture.record(.done(StoreFixture.result()), of: jobs[0], jobs[4])
            _ = try await fixture.record(.failed(Self.hard), of: jobs[1])
            _ = try await fixture.record(.failed(Self.soft), of: jobs[2])
            _ = try await fixture.record(.snoozed(.zero), of: jobs[3])
            func list(_ states: Set<JobState> = []) async throws -> [Int] {
                var seen: [JobRecord] = []
                var cursor: JobID?
                repeat {
                    let page = try await store.jobs(of: batch.id, after: cursor, limit: 3, states: states)
                    seen += page.elements
                    cursor = page.next
                } while cursor != nil
                if !states.isEmpty { #expect(seen.allSatisfy { states.contains($0.state) }) }
                return seen.map { $0.line * 2 + $0.sample }
            }
            #expect(try await list() == Array(0..<20))
            #expect(try await list([.succeeded]) == [0, 4])
            #expect(try await list([.failed]) == [1])
            #expect(try await list([.cancelled]) == [])
            #expect(try await list([.running]) == Array(5..<12))
            #expect(try await list([.queued]) == [2, 3] + Array(12..<20))
            #expect(try await list([.queued, .running, .failed]) == [1, 2, 3] + Array(5..<20))
            #expect(await reason { _ = try await store.job(JobID(77_777)) } == .notFound)
            #expect(await reason { _ = try await store.jobs(of: BatchID(77), limit: 1) } == .notFound)
            #expect(
                try await store.activeCounts()
                    == BatchCounts(queued: 10, running: 7, succeeded: 2, failed: 1))
        }
    }
}
