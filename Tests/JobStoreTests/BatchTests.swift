import Jobs
import Testing

@testable import JobStore

@Suite("Batches") struct BatchTests {
    @Test func goesThroughItsStates() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let specification = try BatchSpecification(
                name: "é", model: "demo", samples: 2, seed: UInt64(Int64.max), truncation: 0.7,
                schedule: BatchSchedule(priority: -3))
            let batch = try await store.createBatch(specification).batch
            #expect(batch.state == .open)
            #expect(batch.specification == specification)
            #expect(batch.modelDigest == StoreFixture.digest)
            #expect(await reason { _ = try await store.seal(batch.id) } == .emptyBatch)
            _ = try await store.append(try StoreFixture.items(1), to: batch.id, from: 0)
            #expect(try await store.dispatch(lane: batch.lane, limit: 9, term: fixture.term).isEmpty)
            #expect(try await store.readyLanes().isEmpty)

            let sealed = try await store.seal(batch.id)
            #expect(sealed.state == .sealed)
            #expect(try await store.seal(batch.id) == sealed)
            #expect(await reason { _ = try await store.abandon(batch.id) } == .batchNotOpen(.sealed))
            #expect(await reason { _ = try await store.append([], to: batch.id, from: 1) } == .batchNotOpen(.sealed))
            #expect(try await store.readyLanes() == [batch.lane])

            let jobs = try await fixture.dispatch(1, of: batch)
            #expect(try await store.batch(batch.id).state == .running)
            _ = try await fixture.record(.done(StoreFixture.result()), of: jobs[0].lease)
            #expect(try await store.batch(batch.id).state == .running)
            let last = try await fixture.dispatch(9, of: batch)
            let report = try await fixture.record(.done(StoreFixture.result()), of: last[0].lease)
            #expect(report.finishedBatches == [batch.id])
            let finished = try await store.batch(batch.id)
            #expect(finished.state == .finished)
            #expect(finished.finishedAt != nil)
            #expect(finished.counts == BatchCounts(succeeded: 2))
            #expect(finished.imageBytes == 200)
            #expect(try await store.readyLanes().isEmpty)
            // Once set, the end stays what it is.
            _ = try await fixture.record(.done(StoreFixture.result()), of: last[0].lease)
            #expect(try await store.batch(batch.id) == finished)
        }
    }

    @Test func abandonedBatchesNeverRun() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let batch = try await store.createBatch(try BatchSpecification(name: "n", model: "demo")).batch
            _ = try await store.append(try StoreFixture.items(5), to: batch.id, from: 0)
            let abandoned = try await store.abandon(batch.id)
            #expect(abandoned.state == .abandoned)
            #expect(try await store.abandon(batch.id) == abandoned)
            #expect(await reason { _ = try await store.seal(batch.id) } == .batchNotOpen(.abandoned))
            #expect(await reason { _ = try await store.append([], to: batch.id, from: 5) } == .batchNotOpen(.abandoned))
            #expect(try await fixture.dispatch(9, of: batch).isEmpty)
            #expect(try await store.activeCounts().total == 0)
        }
    }

    @Test func theSameKeyGivesTheSameBatch() async throws {
        try await StoreFixture.with { fixture in
            let specification = try BatchSpecification(name: "n", model: "demo")
            // Those who come while the first one is at work are told so, and find the batch when they ask again.
            let created = try await withThrowingTaskGroup(of: CreatedBatch?.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        do throws(StoreError) {
                            return try await fixture.store.createBatch(specification, idempotencyKey: "k1")
                        } catch {
                            #expect(error.reason == .idempotencyConflict)
                            return nil
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }.compactMap(\.self)
            }
            #expect(Set(created.map(\.batch.id)).count == 1)
            #expect(created.count { !$0.isReplay } == 1)
            #expect(try await fixture.store.createBatch(specification, idempotencyKey: "k1").isReplay)
            let other = try BatchSpecification(name: "n", model: "demo", samples: 2)
            let mismatch = await reason { _ = try await fixture.store.createBatch(other, idempotencyKey: "k1") }
            #expect(mismatch == .idempotencyMismatch)
            #expect(try await !fixture.store.createBatch(other, idempotencyKey: "k2").isReplay)
            #expect(try await !fixture.store.createBatch(other).isReplay)
        }
    }

    @Test func listsNewestFirst() async throws {
        try await StoreFixture.with { fixture in
            let specification = try BatchSpecification(name: "n", model: "demo")
            var ids: [BatchID] = []
            for _ in 0..<5 { ids.append(try await fixture.store.createBatch(specification).batch.id) }
            var seen: [BatchID] = []
            var cursor: BatchID?
            repeat {
                let page = try await fixture.store.batches(before: cursor, limit: 2)
                #expect(page.elements.count <= 2)
                seen += page.elements.map(\.id)
                cursor = page.next
            } while cursor != nil
            #expect(seen == ids.reversed())
        }
    }

    @Test func knowsModelsByNameAndDigest() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let newer = String(repeating: "abcd", count: 16)
            try await store.announce([StoreFixture.announcement("worker-2", digest: newer)])
            #expect(try await store.model(named: "demo").model.digest == newer, "the newest of the name")
            #expect(try await store.model(named: StoreFixture.digest).model.vocabulary == ["a", "woman"])
            #expect(try await store.model(named: "abcdabcd").model.digest == newer)
            #expect(await reason { _ = try await store.model(named: "abcd") } == .unknownModel)
            #expect(await reason { _ = try await store.model(named: "ababababcdcd") } == .unknownModel)
            do {
                _ = try await store.createBatch(try BatchSpecification(name: "n", model: "dmeo"))
                Issue.record("an unknown model was taken")
            } catch let error as StoreError {
                #expect(error.message.contains("demo"))
            }
            let third = "abcdab" + String(repeating: "0", count: 58)
            try await store.announce([StoreFixture.announcement("worker-3", model: "other", digest: third)])
            #expect(await reason { _ = try await store.model(named: "abcdab") } == .unknownModel)
            #expect(try await store.models().map(\.model.name) == ["demo", "demo", "other"])
            #expect(try await store.models().map(\.workers) == [1, 1, 1])
            #expect(try await store.workers().map(\.name) == ["worker-1", "worker-2", "worker-3"])
            #expect(try await store.workers().map(\.models) == [["demo"], ["demo"], ["other"]])
            #expect(try await store.lanes().count == 18)
            try await store.announce([StoreFixture.announcement()])
            #expect(try await store.lanes().count == 18)
        }
    }
}
