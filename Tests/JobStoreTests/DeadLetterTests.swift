import Jobs
import Testing

@testable import JobStore

@Suite("Dead letters") struct DeadLetterTests {
    /// A batch of three lines with two samples, of which lines 0 and 2 failed.
    private static func failed(_ fixture: StoreFixture) async throws -> BatchRecord {
        let specification = try BatchSpecification(name: "n", model: "demo", samples: 2, seed: 77, truncation: 0.5)
        let batch = try await fixture.store.createBatch(specification).batch
        let items = [
            try CaptionItem(caption: "“a” \\ woman\u{2028}é", customID: "first"), try CaptionItem(caption: "b"),
            try CaptionItem(caption: "c", seed: 5),
        ]
        _ = try await fixture.store.append(items, to: batch.id, from: 0)
        let sealed = try await fixture.store.seal(batch.id)
        let leases = try await fixture.dispatch(6, of: sealed).map(\.lease)
        let (refused, poison) = (RecordingTests.hard, JobFailure(code: "bad", message: "m", retryable: false))
        _ = try await fixture.record(.failed(refused), of: leases[0], leases[1], leases[4])
        _ = try await fixture.record(.failed(poison), of: leases[5])
        _ = try await fixture.record(.done(StoreFixture.result()), of: leases[2], leases[3])
        return sealed
    }

    @Test func failedJobsRunAgainByteForByte() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let batch = try await Self.failed(fixture)
            let before = try await fixture.jobs(of: batch)
            let again = try await store.retryFailed(of: batch.id).batch
            #expect(again.state == .sealed)
            #expect(again.retryOf == batch.id)
            #expect(again.counts == BatchCounts(queued: 4))
            let copies = try await fixture.jobs(of: again)
            let originals = before.filter { $0.state == .failed }
            #expect(copies.map(\.payload) == originals.map(\.payload))
            #expect(copies.map(\.line) == [0, 0, 2, 2])
            #expect(copies.map(\.sample) == [0, 1, 0, 1])
            #expect(copies.map(\.customID) == ["first", "first", nil, nil])
            #expect(try await fixture.jobs(of: batch) == before, "what has ended stays as it is")

            let second = await reason { _ = try await store.retryFailed(of: batch.id) }
            #expect(second == .wrongState(.finished))
            let handed = try await fixture.dispatch(9, of: again)
            #expect(handed.map(\.payload) == originals.map(\.payload))
            _ = try await store.record(
                handed.map {
                    Fact(lease: $0.lease, worker: StoreFixture.worker, event: .done(StoreFixture.result()))
                })
            #expect(try await store.batch(again.id).state == .finished)
            try await fixture.audit()
        }
    }

    @Test func lettersAreListedByPage() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let batch = try await Self.failed(fixture)
            let jobs = try await fixture.jobs(of: batch, .failed)
            let first = try await store.deadLetters(DeadLetterFilter(batch: batch.id), limit: 3)
            #expect(first.elements.map(\.job) == jobs.prefix(3).map(\.id))
            #expect(first.elements[0].customID == "first")
            #expect(first.elements[0].failure.code == "refused")
            #expect(first.elements[0].attempts == 1)
            let second = try await store.deadLetters(DeadLetterFilter(), after: first.next, limit: 3)
            #expect(second.elements.map(\.failure.code) == ["bad"])
            #expect(second.next == nil)
            let other = try await fixture.tenant()
            #expect(try await store.deadLetters(DeadLetterFilter(tenant: other), limit: 9).elements.isEmpty)
        }
    }

    @Test func purgedLettersAreGoneAndTheirJobsStayFailed() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let batch = try await Self.failed(fixture)
            let jobs = try await fixture.jobs(of: batch, .failed)
            #expect(try await store.purge(DeadLetterFilter(code: "bad")).purged == 1)
            #expect(try await store.purge(DeadLetterFilter(jobs: [jobs[0].id])).purged == 1)
            #expect(try await store.requeueDead(DeadLetterFilter(code: "bad")).batches.isEmpty)
            let again = try await store.retryFailed(of: batch.id).batch
            #expect(try await fixture.jobs(of: again).map(\.payload) == jobs[1...2].map(\.payload))
            #expect(try await store.batch(batch.id).counts == BatchCounts(succeeded: 2, failed: 4))
            #expect(await reason { _ = try await store.retryFailed(of: BatchID(999)) } == .notFound)
        }
    }

    @Test func whatOneCallLeavesIsToldOf() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let batch = try await Self.failed(fixture)
            let jobs = try await fixture.jobs(of: batch, .failed).map(\.id)
            let all = DeadLetterFilter(batch: batch.id)
            let struck = try await store.purge(all, limit: 1)
            #expect(struck.purged == 1)
            #expect(struck.more)
            let last = try await store.purge(DeadLetterFilter(jobs: [jobs[1]]), limit: 1)
            #expect(last.purged == 1)
            #expect(!last.more)
            let first = try await store.retryFailed(of: batch.id, limit: 1)
            #expect(first.batch.counts.total == 1)
            #expect(first.more)
            let second = try await store.requeueDead(all, limit: 1)
            #expect(second.batches.map(\.retryOf) == [batch.id])
            #expect(!second.more)
            #expect(try await store.deadLetters(all, limit: 9).elements.isEmpty)
        }
    }
}
