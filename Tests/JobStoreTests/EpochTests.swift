import Jobs
import Synchronization
import Testing

@testable import JobStore

@Suite("Epochs") struct EpochTests {
    /// A dispatch that finds the run of reserved epochs all but used up reserves another instead of giving up.
    @Test(arguments: [0, 1, 3, 4, 7]) func aRunThatEndsHoldsNobodyUp(_ left: Int64) async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 8)
            let first = try await fixture.dispatch(1, of: batch)[0].lease
            fixture.store.memory.withLock { memory in
                let start = memory.epochs[fixture.term]?.lowerBound ?? 0
                memory.epochs[fixture.term] = start..<start + left
            }
            let jobs = try await fixture.dispatch(4, of: batch)
            #expect(jobs.count == 4)
            #expect(jobs.allSatisfy { $0.lease.epoch > first.epoch })
            #expect(Set(jobs.map(\.lease.epoch)).count == 4)
        }
    }
}
