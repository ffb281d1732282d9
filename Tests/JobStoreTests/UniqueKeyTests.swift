import Jobs
import Testing

@testable import JobStore

@Suite("Unique keys") struct UniqueKeyTests {
    private static func specification(_ name: String = "n") throws -> BatchSpecification {
        try BatchSpecification(name: name, model: "demo", schedule: BatchSchedule(uniqueKey: "nightly"))
    }

    @Test func ofManyAtOnceExactlyOneGetsTheKey() async throws {
        try await StoreFixture.with { fixture in
            let answers = await withTaskGroup { group in
                for number in 0..<64 {
                    group.addTask {
                        do {
                            let made = try await fixture.store.createBatch(Self.specification("n\(number)"))
                            return (made.batch.id as BatchID?, nil as StoreError.Reason?)
                        } catch {
                            return (nil, (error as? StoreError)?.reason)
                        }
                    }
                }
                return await group.reduce(into: [(BatchID?, StoreError.Reason?)]()) { $0.append($1) }
            }
            let made = answers.compactMap(\.0)
            #expect(made.count == 1)
            #expect(answers.compactMap(\.1).count == 63)
            #expect(Set(answers.compactMap(\.1)) == Set(made.map { .uniqueKeyTaken($0) }))
            let batches = try await fixture.store.batches(limit: 100).elements
            #expect(batches.map(\.id) == made)
        }
    }

    @Test func theKeyIsFreeWhenTheBatchIsOver() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            func isTaken() async -> Bool {
                if case .uniqueKeyTaken = await reason({ _ = try await store.createBatch(Self.specification()) }) {
                    true
                } else {
                    false
                }
            }
            let first = try await store.createBatch(Self.specification()).batch
            _ = try await store.append(try StoreFixture.items(2), to: first.id, from: 0)
            #expect(await isTaken(), "open")
            _ = try await store.seal(first.id)
            #expect(await isTaken(), "sealed")
            let lease = try await fixture.dispatch(1, of: first)[0].lease
            #expect(await isTaken(), "running")
            _ = try await store.cancel(first.id)
            #expect(await isTaken(), "being called off")
            _ = try await fixture.cancelAll()
            #expect(try await fixture.record(.done(StoreFixture.result()), of: lease).stale == 1)
            let second = try await store.createBatch(Self.specification()).batch
            _ = try await store.abandon(second.id)
            #expect(await !isTaken(), "given up")
        }
    }

    @Test func tenantsDoNotShareKeys() async throws {
        try await StoreFixture.with { fixture in
            let other = try await fixture.tenant()
            let first = try await fixture.store.createBatch(Self.specification()).batch
            let second = try await fixture.store.createBatch(Self.specification(), tenant: other).batch
            #expect(first.id != second.id)
        }
    }
}
