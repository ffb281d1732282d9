import Jobs
import Postgres
import Testing

@testable import JobStore

@Suite("Jobs that need others") struct NeedsTests {
    static func done(_ number: Int) -> Fact.Event { .done(StoreFixture.result(number)) }

    /// The inputs of a request as a worker gets it.
    static func inputs(_ job: DispatchedJob) throws -> JobInputs { try JobRequest(decoding: job.payload).inputs }

    @Test func aChainRunsLinkByLink() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.chain(
                [
                    try StoreFixture.item(nil, named: "a"), try StoreFixture.item(.line("a"), named: "b"),
                    try StoreFixture.item(.line("2")), try StoreFixture.item(nil),
                ], samples: 2)
            #expect(batch.counts == BatchCounts(queued: 8))
            #expect(batch.hasNeeds && batch.waitingForRetry == 4)
            let jobs = try await fixture.jobs(of: batch)
            #expect(jobs.map(\.state) == Array(repeating: .queued, count: 8))
            #expect(jobs[2].waitsFor == [jobs[0].id] && jobs[3].waitsFor == [jobs[1].id], "the same sample")
            #expect(jobs[5].waitsFor == [jobs[3].id] && jobs[6].waitsFor.isEmpty)
            #expect(try await fixture.jobs(of: batch, .queued).map(\.id) == jobs.map(\.id))
            try await fixture.audit()

            let first = try await fixture.dispatch(10, of: batch)
            #expect(first.map(\.lease.job) == [jobs[0], jobs[1], jobs[6], jobs[7]].map(\.id))
            #expect(try await fixture.record(Self.done(1), of: first[0].lease).released == 1)
            let second = try await fixture.dispatch(10, of: batch)
            #expect(second.map(\.lease.job) == [jobs[2].id])
            #expect(try Self.inputs(second[0]).sketch == .artifact(StoreFixture.result(1).imageDigest))
            #expect(second[0].attempt == 1 && second[0].crashes == 0)
            try await fixture.audit()

            // Whatever else becomes of an attempt, the chain waits.
            #expect(try await fixture.record(.failed(RecordingTests.soft), of: second[0].lease).released == 0)
            #expect(try await fixture.store.promoteDue(term: fixture.term) == 1)
            let again = try await fixture.dispatch(10, of: batch)
            #expect(try Self.inputs(again[0]).sketch == .artifact(StoreFixture.result(1).imageDigest))
            #expect(try await fixture.record(Self.done(2), of: again[0].lease).released == 1)
            #expect(try await fixture.record(Self.done(2), of: again[0].lease).stale == 1)
            #expect(try await fixture.record(Self.done(3), of: first[1].lease).released == 1)
            _ = try await fixture.record(Self.done(4), of: first[2].lease, first[3].lease)
            let third = try await fixture.dispatch(10, of: batch)
            #expect(third.map(\.lease.job) == [jobs[3].id, jobs[4].id])
            _ = try await fixture.record(Self.done(5), of: third[0].lease, third[1].lease)
            let last = try await fixture.dispatch(10, of: batch)
            #expect(last.map(\.lease.job) == [jobs[5].id])
            let report = try await fixture.record(Self.done(6), of: last[0].lease)
            #expect(report.finishedBatches == [batch.id])
            #expect(try await fixture.store.batch(batch.id).counts == BatchCounts(succeeded: 8))
            #expect(try await fixture.pool.query("SELECT FROM job_need").isEmpty)
            try await fixture.audit()
        }
    }

    @Test func whatNeedsAFailedJobFailsWithIt() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.chain([
                try StoreFixture.item(nil, named: "a"), try StoreFixture.item(.line("a"), named: "b"),
                try StoreFixture.item(.line("b")),
            ])
            let jobs = try await fixture.jobs(of: batch)
            let other = try await fixture.chain([try StoreFixture.item(.job(jobs[2].id)), try StoreFixture.item(nil)])
            let first = try await fixture.dispatch(1, of: batch)
            let report = try await fixture.record(.failed(RecordingTests.hard), of: first[0].lease)
            #expect(report.finishedBatches == [batch.id])
            let ended = try await fixture.jobs(of: batch)
            #expect(ended.map(\.state) == [.failed, .failed, .failed])
            #expect(ended.map { $0.failure?.code } == [RecordingTests.hard.code, "needs_failed", "needs_failed"])
            #expect(ended[1].failure?.message.contains("\(jobs[0].id)") == true)
            #expect(ended.map(\.attempts) == [1, 0, 0])
            #expect(try await fixture.jobs(of: other).map(\.state) == [.failed, .queued])
            let letters = try await fixture.store.deadLetters(DeadLetterFilter(), limit: 10).elements
            #expect(letters.count == 4)
            try await fixture.audit()

            // Run again together: the new ones need the new ones.
            let copies = try await fixture.store.requeueDead(DeadLetterFilter()).batches
            #expect(copies.map(\.retryOf) == [batch.id, other.id])
            let (again, more) = (try await fixture.jobs(of: copies[0]), try await fixture.jobs(of: copies[1]))
            #expect(again.map(\.waitsFor) == [[], [again[0].id], [again[1].id]])
            #expect(more.map(\.waitsFor) == [[again[2].id]])
            try await fixture.audit()
            for number in 1...4 {
                let next = try await fixture.dispatch(10, of: batch).filter { $0.batch != other.id }
                #expect(next.count == 1)
                if number > 1 {
                    #expect(
                        try Self.inputs(next[0]).sketch == .artifact(StoreFixture.result(number - 1).imageDigest))
                }
                _ = try await fixture.record(Self.done(number), of: next[0].lease)
            }
            #expect(try await fixture.store.batch(copies[1].id).state == .finished)
            try await fixture.audit()
        }
    }

    @Test func aRetryNeedsTheRetryOfWhatItNeeded() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let needed = try await fixture.chain([try StoreFixture.item(nil)])
            let job = try await fixture.jobs(of: needed)[0].id
            let waiting = try await fixture.chain([try StoreFixture.item(.job(job))])
            let leases = try await fixture.dispatch(1, of: needed).map(\.lease)
            _ = try await fixture.record(.failed(RecordingTests.hard), of: leases[0])
            // Alone, it fails again: what it needs has not been run again.
            let vain = try await store.retryFailed(of: waiting.id).batch
            #expect(vain.state == .finished && vain.counts == BatchCounts(failed: 1))
            let again = try await store.retryFailed(of: needed.id).batch
            let lease = try await fixture.dispatch(1, of: again)[0].lease
            _ = try await fixture.record(Self.done(7), of: lease)
            // The retry of the one does not revive the other; its own does.
            #expect(try await fixture.dispatch(5, of: again).isEmpty)
            let revived = try await store.retryFailed(of: vain.id).batch
            let next = try await fixture.dispatch(5, of: revived)
            #expect(try Self.inputs(next[0]).sketch == .artifact(StoreFixture.result(7).imageDigest))
            try await fixture.audit()
        }
    }

    @Test func linesNameLinesOfTheBatchBefore() async throws {
        try await StoreFixture.with { fixture in
            let before = try await fixture.chain(
                [try StoreFixture.item(nil, named: "x"), try StoreFixture.item(nil)], samples: 2)
            let made = try await fixture.jobs(of: before)
            let batch = try await fixture.chain(
                [
                    try StoreFixture.item(.after("x")), try StoreFixture.item(.after("2")), try StoreFixture.item(nil),
                ], samples: 3, after: before.id)
            #expect(!batch.isGated, "each waits for its own")
            let jobs = try await fixture.jobs(of: batch)
            #expect(jobs[0].waitsFor == [made[0].id] && jobs[1].waitsFor == [made[1].id])
            #expect(jobs[2].waitsFor == [made[0].id], "the first sample where there are fewer")
            #expect(jobs[3].waitsFor == [made[2].id] && jobs[6].waitsFor.isEmpty)
            let leases = try await fixture.dispatch(10, of: before).filter { $0.batch == before.id }.map(\.lease)
            let report = try await fixture.store.record(
                leases.enumerated().map {
                    Fact(lease: $1, worker: StoreFixture.worker, event: Self.done($0 + 1))
                })
            #expect(report.released == 6)
            // What has been made is not waited for.
            let late = try await fixture.chain([try StoreFixture.item(.after("1"))], after: before.id)
            #expect(late.waitingForRetry == 0 && late.hasNeeds)
            let handed = try await fixture.dispatch(20, of: late)
            #expect(handed.count == 7)
            let own = try #require(handed.first { $0.batch == late.id })
            #expect(try Self.inputs(own).sketch == .artifact(StoreFixture.result(1).imageDigest))
            #expect(own.isReturned == false)
            try await fixture.audit()
        }
    }

    @Test func nothingEndsInAnOpenBatch() async throws {
        try await StoreFixture.with { fixture in
            let needed = try await fixture.chain([try StoreFixture.item(nil), try StoreFixture.item(nil)])
            let jobs = try await fixture.jobs(of: needed)
            let leases = try await fixture.dispatch(2, of: needed).map(\.lease)
            let open = try await fixture.open()
            _ = try await fixture.store.append([try StoreFixture.item(.job(jobs[0].id))], to: open.id, from: 0)
            _ = try await fixture.record(.failed(RecordingTests.hard), of: leases[0])
            #expect(try await fixture.store.batch(open.id).counts == BatchCounts(queued: 1))
            // One that has failed already may be named: its dependents fail when they would have run.
            _ = try await fixture.store.append([try StoreFixture.item(.job(jobs[0].id))], to: open.id, from: 1)
            #expect(try await fixture.store.sweepNeeds(term: fixture.term).found == 0)
            try await fixture.audit()
            let sealed = try await fixture.store.seal(open.id)
            #expect(sealed.state == .finished && sealed.counts == BatchCounts(failed: 2))
            #expect(try await fixture.store.seal(open.id).state == .finished)
            try await fixture.audit()
        }
    }

    @Test func aClaimOverHTTPGetsArtifactsToo() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.chain([try StoreFixture.item(nil), try StoreFixture.item(.line("1"))])
            let lease = try await fixture.dispatch(1, of: batch)[0].lease
            _ = try await fixture.record(Self.done(9), of: lease)
            let jobs = try await fixture.store.claim(
                from: [(lane: batch.lane, limit: 5)], by: StoreFixture.worker, lease: .seconds(10))
            #expect(try Self.inputs(jobs[0]).sketch == .artifact(StoreFixture.result(9).imageDigest))
        }
    }

    @Test func aJobWhoseInputIsNotKeptFails() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.chain([
                try StoreFixture.item(nil), try StoreFixture.item(.line("1")), try StoreFixture.item(nil),
            ])
            let leases = try await fixture.dispatch(2, of: batch).map(\.lease)
            _ = try await fixture.record(Self.done(1), of: leases[0])
            try await fixture.pass("UPDATE job_done SET state = 2 WHERE id = $1", leases[0].job.rawValue)
            #expect(try await fixture.dispatch(9, of: batch).isEmpty)
            #expect(try await fixture.jobs(of: batch)[1].failure?.code == "needs_failed")
            _ = try await fixture.record(Self.done(2), of: leases[1])
            #expect(try await fixture.store.batch(batch.id).state == .finished)
        }
    }

    @Test func anyOfSeveralNeedsMayComeLast() async throws {
        try await StoreFixture.with { fixture in
            let sources = try await fixture.chain(try (0..<4).map { _ in try StoreFixture.item(nil) })
            let made = try await fixture.jobs(of: sources)
            let mix = try await fixture.open(.mix, options: JobOptions(layers: [4, 5]))
            func item(_ a: Int, _ b: Int) throws -> CaptionItem {
                try CaptionItem(
                    inputs: JobInputs(sources: [.job(made[a].id), .job(made[b].id)]), kind: .mix,
                    batch: JobOptions(layers: [4, 5]))
            }
            _ = try await fixture.store.append(
                [try item(0, 1), try item(1, 0), try item(2, 2), try item(3, 1)], to: mix.id, from: 0)
            let batch = try await fixture.store.seal(mix.id)
            let leases = try await fixture.dispatch(4, of: sources).map(\.lease)
            #expect(try await fixture.record(Self.done(1), of: leases[0]).released == 0)
            #expect(try await fixture.record(Self.done(2), of: leases[1], leases[2]).released == 3)
            let jobs = try await fixture.dispatch(9, of: batch)
            let digests = [1, 2, 2].map { StoreFixture.result($0).codeDigest }
            #expect(try Self.inputs(jobs[0]).sources == [.artifact(digests[0]), .artifact(digests[1])])
            #expect(try Self.inputs(jobs[2]).sources == [.artifact(digests[2]), .artifact(digests[2])])
            _ = try await fixture.record(.failed(RecordingTests.hard), of: leases[3])
            #expect(try await fixture.jobs(of: batch)[3].state == .failed)
            try await fixture.audit()
        }
    }
}
