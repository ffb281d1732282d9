import Jobs
import Postgres
import Testing

@testable import JobStore

@Suite("Batches that come after others") struct GateTests {
    @Test func nothingRunsBeforeTheOtherHasFinished() async throws {
        try await StoreFixture.with { fixture in
            let first = try await fixture.chain([try StoreFixture.item(nil), try StoreFixture.item(nil)])
            let second = try await fixture.chain([try StoreFixture.item(nil)], after: first.id)
            let third = try await fixture.chain([try StoreFixture.item(nil)], after: second.id)
            #expect(second.isGated && second.specification.after == first.id)
            let leases = try await fixture.dispatch(9, of: first).map(\.lease)
            #expect(leases.count == 2)
            #expect(try await fixture.store.readyLanes().isEmpty)
            // Whatever becomes of its jobs.
            _ = try await fixture.record(.failed(RecordingTests.hard), of: leases[0])
            #expect(try await fixture.store.batch(second.id).isGated)
            _ = try await fixture.record(NeedsTests.done(1), of: leases[1])
            #expect(try await !fixture.store.batch(second.id).isGated)
            #expect(try await fixture.store.batch(third.id).isGated)
            let handed = try await fixture.dispatch(9, of: second)
            #expect(handed.map(\.batch) == [second.id])
            _ = try await fixture.record(NeedsTests.done(2), of: handed[0].lease)
            #expect(try await fixture.dispatch(9, of: second).map(\.batch) == [third.id])
            // One that has finished is not waited for.
            #expect(try await !fixture.open(after: first.id).isGated)
            try await fixture.audit()
        }
    }

    @Test func whatComesAfterACalledOffBatchIsCalledOff() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let first = try await fixture.chain([try StoreFixture.item(nil)])
            let second = try await fixture.chain([try StoreFixture.item(nil)], after: first.id)
            let open = try await fixture.open(after: second.id)
            let needing = try await fixture.chain([
                try StoreFixture.item(.job(try await fixture.jobs(of: second)[0].id))
            ])
            _ = try await store.cancel(first.id)
            _ = try await fixture.cancelAll()
            for batch in [first.id, second.id] { #expect(try await store.batch(batch).state == .cancelled) }
            #expect(try await store.batch(second.id).endedBecause == JobFailure.needsFailedCode)
            #expect(try await fixture.jobs(of: second)[0].failure?.code == JobFailure.needsFailedCode)
            #expect(try await store.batch(open.id).state == .abandoned)
            #expect(try await fixture.jobs(of: needing)[0].failure?.code == JobFailure.needsFailedCode)
            for after in [first.id, open.id] {
                let refused = await reason { _ = try await fixture.open(after: after) }
                #expect(refused == .wrongState(after == first.id ? .cancelled : .abandoned))
            }
            try await fixture.audit()
        }
    }

    @Test("The sweep sees to what comes after a batch that was given up, or that is gone")
    func givenUp() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let open = try await fixture.open()
            _ = try await store.append([try StoreFixture.item(nil)], to: open.id, from: 0)
            let job = try await fixture.jobs(of: open)[0].id
            let gated = try await fixture.chain([try StoreFixture.item(nil)], after: open.id)
            let needing = try await fixture.chain([try StoreFixture.item(.job(job)), try StoreFixture.item(nil)])
            _ = try await store.abandon(open.id)
            #expect(try await store.sweepNeeds(term: fixture.term).found == 2)
            #expect(try await store.batch(gated.id).state == .cancelling)
            _ = try await fixture.cancelAll()
            #expect(try await store.batch(gated.id).state == .cancelled)
            #expect(try await fixture.jobs(of: needing).map(\.state) == [.failed, .queued])
            let missing = try await fixture.chain([try StoreFixture.item(nil)], after: needing.id)
            try await fixture.pass("UPDATE batch SET after = 999 WHERE id = $1", missing.id.rawValue)
            #expect(try await store.sweepNeeds(term: fixture.term).found == 1)
            #expect(try await store.batch(missing.id).state == .cancelling)
            try await fixture.audit()
        }
    }

    @Test("A batch names nothing that waits until it has finished")
    func circles() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let first = try await fixture.open()
            _ = try await store.append([try StoreFixture.item(nil)], to: first.id, from: 0)
            let second = try await fixture.chain([try StoreFixture.item(nil)], after: first.id)
            let third = try await fixture.chain([
                try StoreFixture.item(.job(try await fixture.jobs(of: second)[0].id))
            ])
            for batch in [second, third, try await fixture.chain([try StoreFixture.item(nil)], after: third.id)] {
                let job = try await fixture.jobs(of: batch)[0].id
                let refused = await reason {
                    _ = try await store.append([try StoreFixture.item(.job(job))], to: first.id, from: 1)
                }
                guard case .badItems(let errors) = refused else {
                    Issue.record("batch \(batch.id) is waited for")
                    continue
                }
                #expect(errors.map(\.error.code) == [.unknownInput])
            }
            // What waits for some of its lines only may be waited for by others.
            let free = try await fixture.chain([
                try StoreFixture.item(.job(try await fixture.jobs(of: first)[0].id))
            ])
            let job = try await fixture.jobs(of: free)[0].id
            #expect(try await store.append([try StoreFixture.item(.job(job))], to: first.id, from: 1) == 2)
            _ = try await store.cancel(first.id)
            _ = try await store.sweepNeeds(term: fixture.term)
            _ = try await fixture.cancelAll()
            // Batches that were called off behind it leave nothing to look for again and again.
            let left = try await fixture.open(after: try await fixture.open().id)
            _ = try await store.abandon(left.id)
            #expect(try await !store.agenda().hasNeeds)
            try await fixture.audit()
        }
    }

    @Test func nobodyComesAfterWhatIsNotTheirs() async throws {
        try await StoreFixture.with { fixture in
            let other = try await fixture.tenant()
            let theirs = try await fixture.chain([try StoreFixture.item(nil)], tenant: other)
            #expect(await reason { _ = try await fixture.open(after: theirs.id) } == .notFound)
            #expect(await reason { _ = try await fixture.open(after: BatchID(999)) } == .notFound)
        }
    }

    @Test("Waiting jobs are called off with their batch, alone, or by their time")
    func callingOff() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let items = [
                try StoreFixture.item(nil), try StoreFixture.item(.line("1")), try StoreFixture.item(.line("2")),
                try StoreFixture.item(.line("1")),
            ]
            let batch = try await fixture.chain(items)
            let jobs = try await fixture.jobs(of: batch).map(\.id)
            #expect(try await store.cancel(jobs[1]) == nil)
            #expect(try await fixture.jobs(of: batch).map(\.state) == [.queued, .cancelled, .failed, .queued])
            try await fixture.audit()
            // One that others need takes them with it.
            let lease = try await fixture.dispatch(1, of: batch)[0].lease
            #expect(try await store.cancel(jobs[0]) == lease)
            #expect(try await fixture.jobs(of: batch).map(\.state) == [.cancelled, .cancelled, .failed, .failed])
            #expect(try await store.batch(batch.id).state == .finished)

            let late = try await fixture.open(schedule: BatchSchedule(expiresAt: StoreFixture.future))
            _ = try await store.append(items, to: late.id, from: 0)
            _ = try await store.seal(late.id)
            try await fixture.pass("UPDATE batch SET expires_at = 'epoch' WHERE id = $1", late.id.rawValue)
            #expect(try await store.expire(term: fixture.term) == 1)
            _ = try await fixture.cancelAll()
            #expect(try await store.batch(late.id).counts == BatchCounts(cancelled: 4))
            try await fixture.audit()
        }
    }

    @Test("What somebody still works on is not removed")
    func pruning() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let needed = try await fixture.chain([try StoreFixture.item(nil)])
            let lease = try await fixture.dispatch(1, of: needed)[0].lease
            _ = try await fixture.record(NeedsTests.done(3), of: lease)
            let using = try await fixture.chain([
                try StoreFixture.item(.job(lease.job)), try StoreFixture.item(.line("1")),
            ])
            func age(_ batch: BatchID) async throws {
                try await fixture.pass("UPDATE batch SET finished_at = 'epoch' WHERE id = $1", batch.rawValue)
            }
            try await age(needed.id)
            #expect(try await store.prune(olderThan: .seconds(60), term: fixture.term).batches == 0)
            let first = try await fixture.dispatch(9, of: using)
            #expect(try NeedsTests.inputs(first[0]).sketch == .artifact(StoreFixture.result(3).imageDigest))
            _ = try await fixture.record(.failed(RecordingTests.hard), of: first[0].lease)
            #expect(try await store.batch(using.id).state == .finished)
            #expect(try await store.prune(olderThan: .seconds(60), term: fixture.term).batches == 1)
            // Once its partition is gone, too, nothing is left to work on.
            for table in ["job", "job_done"] {
                try await fixture.pass("DELETE FROM \(table) WHERE id = $1", lease.job.rawValue)
            }
            let again = try await store.retryFailed(of: using.id).batch
            _ = try await store.sweepNeeds(term: fixture.term)
            #expect(try await store.batch(again.id).counts == BatchCounts(failed: 2))
            for batch in [using.id, again.id] { try await age(batch) }
            #expect(try await store.prune(olderThan: .seconds(60), term: fixture.term).batches == 2)
            for table in ["job_need", "batch_need", "job_again"] {
                #expect(try await fixture.pool.query("SELECT FROM \(table)").isEmpty, "\(table)")
            }
        }
    }
}
