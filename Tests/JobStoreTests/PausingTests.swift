import Jobs
import Testing

@testable import JobStore

@Suite("Pausing") struct PausingTests {
    @Test func nothingOfAPausedBatchIsHandedOut() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let batch = try await fixture.batch(lines: 4)
            let leases = try await fixture.dispatch(2, of: batch).map(\.lease)
            #expect(try await store.pause(batch.id).isPaused)
            #expect(try await store.readyLanes().isEmpty)
            #expect(try await fixture.dispatch(4, of: batch).isEmpty)
            let recalls = try await store.recalls()
            #expect(recalls.map(\.batch) == [batch.id])
            #expect(recalls.map(\.leases) == [leases])

            // One comes back, the other is with a worker and ends.
            #expect(try await store.requeue([leases[0]], term: fixture.term) == 1)
            try await store.recalled(batch.id)
            #expect(try await store.recalls().map(\.leases) == [[leases[1]]], "it is looked at while anything runs")
            #expect(try await fixture.record(.done(StoreFixture.result()), of: leases[1]).succeeded == 1)
            #expect(try await store.recalls().isEmpty)
            try await fixture.audit()

            #expect(try await !store.resume(batch.id).isPaused)
            #expect(try await store.readyLanes() == [batch.lane])
            #expect(try await fixture.dispatch(4, of: batch).map(\.attempt) == [1, 1, 1])
        }
    }

    @Test func nothingRunsBeforeItsTime() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 2, schedule: BatchSchedule(startAt: StoreFixture.future))
            #expect(batch.startsLater)
            let other = try await fixture.batch(lines: 1)
            #expect(try await fixture.dispatch(9, of: batch).map(\.batch) == [other.id])
            #expect(try await fixture.store.readyLanes().isEmpty)
            try await fixture.pass("UPDATE batch SET start_at = 'epoch' WHERE id = $1", batch.id.rawValue)
            #expect(try await fixture.store.readyLanes() == [batch.lane])
            #expect(try await fixture.dispatch(9, of: batch).map(\.batch) == [batch.id, batch.id])
        }
    }

    @Test func aNewPriorityCountsForWhatWaitsInRedis() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let batch = try await fixture.batch(lines: 2)
            #expect(try await store.setPriority(7, of: batch.id).specification.schedule.priority == 7)
            #expect(try await store.recalls().isEmpty, "nothing of it is in Redis")
            let leases = try await fixture.dispatch(2, of: batch).map(\.lease)
            _ = try await store.setPriority(-100, of: batch.id)
            #expect(try await store.recalls().map(\.leases) == [leases])
            for priority in [-101, 101] {
                let answer = await reason { _ = try await store.setPriority(priority, of: batch.id) }
                #expect(answer == .invalidValue)
            }
        }
    }

    @Test func batchesThatAreOverCannotBeChanged() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let batch = try await fixture.batch(lines: 1)
            #expect(try await store.pause(batch.id).isPaused)
            #expect(try await !store.cancel(batch.id).isPaused, "what is called off goes on, to its end")
            #expect(await reason { _ = try await store.pause(batch.id) } == .wrongState(.cancelling))
            _ = try await fixture.cancelAll()
            #expect(await reason { _ = try await store.resume(batch.id) } == .wrongState(.cancelled))
            #expect(await reason { _ = try await store.setPriority(1, of: batch.id) } == .wrongState(.cancelled))
            let other = try await fixture.tenant()
            #expect(await reason { _ = try await store.pause(batch.id, of: other) } == .notFound)
        }
    }
}
