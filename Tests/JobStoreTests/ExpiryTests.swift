import Jobs
import Testing

@testable import JobStore

@Suite("Expiry") struct ExpiryTests {
    @Test func whatRunsMayEndAndWhatWaitsIsCalledOff() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 5, schedule: BatchSchedule(expiresAt: StoreFixture.future))
            #expect(try await fixture.store.expire(term: fixture.term) == 0)
            let leases = try await fixture.dispatch(3, of: batch).map(\.lease)
            _ = try await fixture.record(.snoozed(.zero), of: leases[2])
            try await fixture.pass("UPDATE batch SET expires_at = 'epoch' WHERE id = $1", batch.id.rawValue)
            #expect(try await fixture.store.expire(term: fixture.term) == 1)
            #expect(try await fixture.store.expire(term: fixture.term) == 0)
            let reports = try await fixture.cancelAll()
            #expect(reports.map(\.cancelled) == [3])
            #expect(reports.allSatisfy { $0.leases.isEmpty && $0.finishedBatches.isEmpty })
            #expect(try await fixture.store.batch(batch.id).counts == BatchCounts(running: 2, cancelled: 3))
            try await fixture.audit()

            #expect(try await fixture.record(.done(StoreFixture.result()), of: leases[0]).succeeded == 1)
            // Another attempt would begin after the end.
            #expect(try await fixture.record(.failed(RecordingTests.soft), of: leases[1]).retried == 1)
            #expect(try await fixture.cancelAll().flatMap(\.finishedBatches) == [batch.id])
            let over = try await fixture.store.batch(batch.id)
            #expect(over.state == .cancelled)
            #expect(over.endedBecause == JobFailure.expiredCode)
            #expect(over.counts == BatchCounts(succeeded: 1, cancelled: 4))
            let codes = try await fixture.jobs(of: batch, .cancelled).map { $0.failure?.code }
            #expect(codes == Array(repeating: JobFailure.expiredCode, count: 4))
            try await fixture.audit()
        }
    }

    @Test func whatWaitsInRedisIsFetchedBackAndCalledOff() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 3, schedule: BatchSchedule(expiresAt: StoreFixture.future))
            let leases = try await fixture.dispatch(3, of: batch).map(\.lease)
            _ = try await fixture.record(.started, of: leases[0])
            try await fixture.pass("UPDATE batch SET expires_at = 'epoch' WHERE id = $1", batch.id.rawValue)
            #expect(try await fixture.store.expire(term: fixture.term) == 1)
            #expect(try await fixture.cancelAll().allSatisfy { $0.cancelled == 0 })
            #expect(try await fixture.store.recalls().map(\.leases) == [leases])
            // Nobody had claimed the second.
            #expect(try await fixture.store.requeue([leases[1]], term: fixture.term) == 1)
            try await fixture.store.recalled(batch.id)
            #expect(try await fixture.cancelAll().map(\.cancelled) == [1])
            #expect(try await fixture.store.recalls().map(\.leases) == [[leases[0], leases[2]]])
            #expect(try await fixture.store.batch(batch.id).counts == BatchCounts(running: 2, cancelled: 1))

            // What still runs goes on until somebody calls the batch off.
            #expect(try await fixture.store.cancel(batch.id).state == .cancelling)
            #expect(try await fixture.store.recalls().isEmpty)
            #expect(try await fixture.cancelAll().flatMap(\.leases) == [leases[0], leases[2]])
            let over = try await fixture.store.batch(batch.id)
            #expect(over.state == .cancelled && over.endedBecause == JobFailure.cancelledCode)
            try await fixture.audit()
        }
    }

    @Test func openBatchesAreGivenUpAndOthersStay() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let late = BatchSchedule(expiresAt: StoreFixture.past)
            let open = try await store.createBatch(try BatchSpecification(name: "n", model: "demo", schedule: late))
            let done = try await fixture.batch(lines: 1, schedule: late)
            let lease = try await fixture.dispatch(1, of: done)[0].lease
            _ = try await fixture.record(.done(StoreFixture.result()), of: lease)
            let endless = try await fixture.batch(lines: 1)
            #expect(try await store.expire(term: fixture.term) == 1)
            let abandoned = try await store.batch(open.batch.id)
            #expect(abandoned.state == .abandoned)
            #expect(abandoned.endedBecause == JobFailure.expiredCode)
            #expect(try await store.batch(done.id).state == .finished)
            #expect(try await store.batch(endless.id) == endless)
        }
    }
}
