import Jobs
import Postgres
import Testing

@testable import JobStore

/// What happens at the same time, or is cut short.
@Suite("Jobs that need others, under way") struct NeedsRaceTests {
    @Test func theLastOfTwoNeedsIsSeenWhicheverItIs() async throws {
        try await StoreFixture.with { fixture in
            for round in 0..<20 {
                let (a, b) = (
                    try await fixture.chain([try StoreFixture.item(nil)]),
                    try await fixture.chain([try StoreFixture.item(nil)])
                )
                let sources = [try await fixture.jobs(of: a)[0].id, try await fixture.jobs(of: b)[0].id]
                let options = JobOptions(layers: [1])
                let mix = try await fixture.open(.mix, options: options)
                let item = try CaptionItem(
                    inputs: JobInputs(sources: sources.map { .job($0) }), kind: .mix, batch: options)
                _ = try await fixture.store.append([item], to: mix.id, from: 0)
                _ = try await fixture.store.seal(mix.id)
                let leases = try await fixture.dispatch(2, of: a).map(\.lease)
                try #require(leases.count == 2)
                try await withThrowingTaskGroup { group in
                    for lease in leases {
                        group.addTask {
                            let fails = round % 4 == 3 && lease == leases[0]
                            _ = try await fixture.record(
                                fails ? .failed(RecordingTests.hard) : NeedsTests.done(1), of: lease)
                        }
                    }
                    try await group.waitForAll()
                }
                let record = try await fixture.store.batch(mix.id)
                #expect(record.waitingForRetry == 0, "nobody noticed that both have ended")
                #expect(record.counts == (round % 4 == 3 ? BatchCounts(failed: 1) : BatchCounts(queued: 1)))
                _ = try await fixture.store.cancel(mix.id)
                _ = try await fixture.cancelAll()
            }
            try await fixture.audit()
        }
    }

    @Test func aLineThatComesAsItsJobEndsDoesNotWaitForEver() async throws {
        try await StoreFixture.with { fixture in
            for round in 0..<30 {
                let needed = try await fixture.chain([try StoreFixture.item(nil)])
                let lease = try await fixture.dispatch(1, of: needed)[0].lease
                let open = try await fixture.open()
                let item = try StoreFixture.item(.job(lease.job))
                async let recorded = fixture.record(
                    round % 3 == 0 ? .failed(RecordingTests.hard) : NeedsTests.done(1), of: lease)
                async let sealed: BatchRecord = {
                    _ = try await fixture.store.append([item], to: open.id, from: 0)
                    return try await fixture.store.seal(open.id)
                }()
                _ = try await (recorded, sealed)
                let record = try await fixture.store.batch(open.id)
                #expect(record.counts == (round % 3 == 0 ? BatchCounts(failed: 1) : BatchCounts(queued: 1)))
                #expect(record.waitingForRetry == 0, "round \(round)")
                _ = try await fixture.store.cancel(open.id)
                _ = try await fixture.cancelAll()
            }
            try await fixture.audit()
        }
    }

    @Test func cancellingWhileAChainRunsLeavesNothingBehind() async throws {
        try await StoreFixture.with { fixture in
            for _ in 0..<10 {
                let items = try (0..<30).map { line in
                    try StoreFixture.item(line == 0 ? nil : .line("\(line % 7 == 0 ? 1 : line)"))
                }
                let batch = try await fixture.chain(items)
                let leases = try await fixture.dispatch(1, of: batch).map(\.lease)
                async let recorded = fixture.record(NeedsTests.done(1), of: leases[0])
                async let cancelled: Void = {
                    _ = try await fixture.store.cancel(batch.id)
                    _ = try await fixture.cancelAll()
                }()
                _ = try await (recorded, cancelled)
                _ = try await fixture.cancelAll()
                #expect(try await fixture.store.batch(batch.id).state == .cancelled)
                try await fixture.audit()
            }
            // What is left says of nothing that it waits.
            while try await fixture.store.sweepNeeds(term: fixture.term).found > 0 {}
            #expect(try await fixture.pool.query("SELECT FROM job_later").isEmpty)
        }
    }

    @Test("The sweep finds what no transaction noticed")
    func sweep() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let batch = try await fixture.chain([
                try StoreFixture.item(nil), try StoreFixture.item(.line("1")), try StoreFixture.item(.line("2")),
                try StoreFixture.item(nil), try StoreFixture.item(.line("4")),
            ])
            #expect(try await store.sweepNeeds(term: fixture.term).found == 0)
            // As if whoever ended them had been an older build.
            try await fixture.pass("UPDATE batch_count SET needed = false WHERE id = $1", batch.id.rawValue)
            let leases = try await fixture.dispatch(2, of: batch).map(\.lease)
            _ = try await fixture.record(NeedsTests.done(1), of: leases[0])
            _ = try await fixture.record(.failed(RecordingTests.hard), of: leases[1])
            #expect(try await store.batch(batch.id).waitingForRetry == 3)
            let sweep = try await store.sweepNeeds(term: fixture.term)
            #expect(sweep.found == 2 && sweep.released == 1)
            #expect(try await store.sweepNeeds(after: sweep, term: fixture.term).found == 0)
            let states = try await fixture.jobs(of: batch).map(\.state)
            #expect(states == [.succeeded, .queued, .queued, .failed, .failed])
            try await fixture.audit()
            let stale = await reason {
                _ = try await store.sweepNeeds(term: Term(fixture.term.rawValue - 1))
            }
            #expect(stale == .staleTerm)
        }
    }

    @Test("A chain longer than a transaction goes fails to its end")
    func longChain() async throws {
        try await StoreFixture.with { fixture in
            let count = 100
            let items = try (0..<count).map { try StoreFixture.item($0 == 0 ? nil : .line("\($0)")) }
            let batch = try await fixture.chain(items)
            let lease = try await fixture.dispatch(1, of: batch)[0].lease
            _ = try await fixture.record(.failed(RecordingTests.hard), of: lease)
            var sweep = NeedSweep()
            for _ in 0..<20 { sweep = try await fixture.store.sweepNeeds(after: sweep, term: fixture.term) }
            let record = try await fixture.store.batch(batch.id)
            #expect(record.state == .finished && record.counts == BatchCounts(failed: count))
            try await fixture.audit()
        }
    }

    @Test("What breaks off in the middle has done nothing")
    func rolledBack() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.chain([try StoreFixture.item(nil), try StoreFixture.item(.line("1"))])
            let lease = try await fixture.dispatch(1, of: batch)[0].lease
            // The last statement of the way cannot be carried out.
            try await fixture.pool.execute("ALTER TABLE job_ready RENAME TO job_ready_away")
            #expect(await reason { _ = try await fixture.record(NeedsTests.done(1), of: lease) } != nil)
            try await fixture.pool.execute("ALTER TABLE job_ready_away RENAME TO job_ready")
            #expect(try await fixture.jobs(of: batch).map(\.state) == [.running, .queued])
            try await fixture.audit()
            #expect(try await fixture.record(NeedsTests.done(1), of: lease).released == 1)
            try await fixture.audit()
        }
    }
}
