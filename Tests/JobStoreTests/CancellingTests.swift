import Jobs
import Testing

@testable import JobStore

@Suite("Cancelling") struct CancellingTests {
    @Test func aLargeBatchIsCalledOffAtOnceAndEndedInSteps() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 1_000, samples: 100)
            let called = try await fixture.store.cancel(batch.id)
            #expect(called.state == .cancelling)
            #expect(called.endedBecause == JobFailure.cancelledCode)
            #expect(called.counts == BatchCounts(queued: 100_000))
            #expect(try await fixture.dispatch(10, of: batch).isEmpty)
            #expect(try await fixture.store.readyLanes().isEmpty)
            let reports = try await fixture.cancelAll()
            #expect(reports.count == 100_000 / JobStore.cancelledPerStep)
            #expect(reports.allSatisfy { $0.cancelled == JobStore.cancelledPerStep && $0.leases.isEmpty })
            #expect(reports.flatMap(\.finishedBatches) == [batch.id])
            let over = try await fixture.store.batch(batch.id)
            #expect(over.state == .cancelled)
            #expect(over.counts == BatchCounts(cancelled: 100_000))
            #expect(over.finishedAt != nil)
            #expect(try await fixture.store.cancel(batch.id) == over)
            try await fixture.audit()
        }
    }

    /// Lines 0 to 4 end up done, later, ready, live and fresh.
    private static func everywhere(_ fixture: StoreFixture) async throws -> (BatchRecord, [JobID], live: Lease) {
        let batch = try await fixture.batch(lines: 5)
        let leases = try await fixture.dispatch(4, of: batch).map(\.lease)
        _ = try await fixture.record(.done(StoreFixture.result()), of: leases[0])
        let failure = JobFailure(code: "busy", message: "", retryable: true, retryAfter: .seconds(3_600))
        _ = try await fixture.record(.failed(failure), of: leases[1])
        _ = try await fixture.record(.snoozed(.zero), of: leases[2])
        return (batch, try await fixture.jobs(of: batch).map(\.id), leases[3])
    }

    @Test func aJobIsCalledOffWhereverItIs() async throws {
        try await StoreFixture.with { fixture in
            let (batch, jobs, live) = try await Self.everywhere(fixture)
            var leases: [Lease] = []
            for job in jobs {
                if let lease = try await fixture.store.cancel(job) { leases.append(lease) }
                try await fixture.audit()
                guard job != jobs.last else { break }
                #expect(try await fixture.store.cancel(job) == nil, "called off twice")
            }
            #expect(leases == [live])
            let records = try await fixture.jobs(of: batch)
            #expect(records.map(\.state) == [.succeeded, .cancelled, .cancelled, .cancelled, .cancelled])
            #expect(records.map(\.attempts) == [1, 1, 0, 1, 0])
            #expect(records[3].failure?.code == JobFailure.cancelledCode)
            #expect(try await fixture.store.batch(batch.id).state == .finished)
            #expect(try await fixture.record(.done(StoreFixture.result()), of: live).stale == 1)
            let over = await reason { _ = try await fixture.store.cancel(jobs[1]) }
            #expect(over == .wrongState(.finished))
        }
    }

    @Test func aBatchIsCalledOffWhereverItsJobsAre() async throws {
        try await StoreFixture.with { fixture in
            let (batch, _, live) = try await Self.everywhere(fixture)
            #expect(try await fixture.store.cancel(batch.id).state == .cancelling)
            let reports = try await fixture.cancelAll()
            #expect(reports.flatMap(\.leases) == [live])
            #expect(reports.reduce(0) { $0 + $1.cancelled } == 4)
            let over = try await fixture.store.batch(batch.id)
            #expect(over.state == .cancelled)
            #expect(over.counts == BatchCounts(succeeded: 1, cancelled: 4))
            #expect(try await fixture.record(.done(StoreFixture.result()), of: live).stale == 1)
            try await fixture.audit()
        }
    }

    @Test func dispatchPassesOverHoles() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 10)
            let jobs = try await fixture.jobs(of: batch).map(\.id)
            for line in [2, 3, 6, 9] { #expect(try await fixture.store.cancel(jobs[line]) == nil) }
            try await fixture.audit()
            #expect(try await fixture.dispatch(4, of: batch).map(\.lease.job) == [0, 1, 4, 5].map { jobs[$0] })
            #expect(try await fixture.dispatch(10, of: batch).map(\.lease.job) == [7, 8].map { jobs[$0] })
            #expect(try await fixture.store.batch(batch.id).counts == BatchCounts(running: 6, cancelled: 4))
            try await fixture.audit()
        }
    }

    /// Found by the model: create, append, seal, cancel a job; the list of those queued still had it.
    @Test func aHoleIsNotListedAsQueued() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 3)
            let jobs = try await fixture.jobs(of: batch).map(\.id)
            _ = try await fixture.store.cancel(jobs[1])
            #expect(try await fixture.jobs(of: batch, .queued).map(\.id) == [jobs[0], jobs[2]])
            #expect(try await fixture.jobs(of: batch, .queued, .cancelled).map(\.id) == jobs)
        }
    }

    @Test func aBatchOfWhichNothingElseIsLeftIsFinished() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 2)
            for job in try await fixture.jobs(of: batch) { _ = try await fixture.store.cancel(job.id) }
            #expect(try await fixture.store.batch(batch.id).state == .finished)
            #expect(try await fixture.dispatch(2, of: batch).isEmpty)
        }
    }

    @Test func openBatchesAreGivenUpAndOthersAreNotFound() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let other = try await fixture.tenant()
            let open = try await store.createBatch(try BatchSpecification(name: "n", model: "demo")).batch
            _ = try await store.append(try StoreFixture.items(1), to: open.id, from: 0)
            let job = try await fixture.jobs(of: open)[0].id
            #expect(await reason { _ = try await store.cancel(open.id, of: other) } == .notFound)
            #expect(await reason { _ = try await store.cancel(job, of: other) } == .notFound)
            #expect(await reason { _ = try await store.cancel(JobID(999_999)) } == .notFound)
            #expect(await reason { _ = try await store.cancel(job) } == .wrongState(.open))
            #expect(try await store.cancel(open.id).state == .abandoned)
            #expect(try await fixture.cancelAll().isEmpty)
            #expect(await reason { _ = try await store.seal(open.id) } == .batchNotOpen(.abandoned))
        }
    }
}
