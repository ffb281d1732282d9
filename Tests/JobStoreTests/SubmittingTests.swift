import Jobs
import Testing

@testable import JobStore

@Suite("Submissions in one transaction") struct SubmittingTests {
    @Test("A batch is created, filled and sealed, and its key gives it again")
    func submitsOnce() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let specification = try BatchSpecification(name: "few", model: "demo", samples: 2)
            let items = try StoreFixture.items(3)
            let created = try await store.submit(specification, items, idempotencyKey: "s") { _, _ in [] }
            #expect(!created.isReplay)
            #expect(created.batch.state == .sealed)
            #expect(created.batch.items == 3)
            #expect(try await store.readyLanes() == [created.batch.lane])
            let again = try await store.submit(specification, items, idempotencyKey: "s") { _, _ in [] }
            #expect(again.isReplay)
            #expect(again.batch.id == created.batch.id)
            let fewer = await reason {
                _ = try await store.submit(specification, Array(items.dropLast()), idempotencyKey: "s") { _, _ in [] }
            }
            #expect(fewer == .idempotencyMismatch)
            let empty = await reason { _ = try await store.createBatch(specification, idempotencyKey: "s") }
            #expect(empty == .idempotencyMismatch)
            #expect(try await fixture.dispatch(100, of: created.batch).count == 6)
        }
    }

    @Test("Where captions are refused, nothing is left")
    func leavesNothing() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let specification = try BatchSpecification(name: "few", model: "demo")
            let errors = [LineError(line: 1, error: ItemError(.unknownWords, "no"))]
            let refusal = await reason {
                _ = try await store.submit(specification, StoreFixture.items(1), idempotencyKey: "s") { _, _ in errors }
            }
            #expect(refusal == .badItems(errors))
            let twice = [
                try CaptionItem(caption: "a", customID: "x"), try CaptionItem(caption: "b", customID: "x"),
            ]
            await #expect(throws: StoreError.self) {
                _ = try await store.submit(specification, twice, idempotencyKey: "s") { _, _ in [] }
            }
            #expect(await reason { _ = try await store.submit(specification, []) { _, _ in [] } } == .emptyBatch)
            #expect(try await store.batches(limit: 10).elements.isEmpty)
            #expect(try await !store.createBatch(specification, idempotencyKey: "s").isReplay)
        }
    }
}
