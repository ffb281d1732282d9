import Postgres
import Synchronization
import Testing

@testable import JobStore

@Suite("Transactions in each other's way") struct ConflictTests {
    private final class Count: Sendable {
        private let count = Mutex(0)
        var now: Int { count.withLock(\.self) }

        @discardableResult
        func increase() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    /// Each holds what the other one wants.
    @Test(.timeLimit(.minutes(5))) func theOneThatGivesWayIsBegunAgain() async throws {
        try await StoreFixture.with { fixture in
            let begun = Count()
            try await withThrowingTaskGroup { tasks in
                for (first, second) in [(1, 2), (2, 1)] {
                    tasks.addTask { try await Self.lock(first, second, in: fixture.store, begun) }
                }
                try await tasks.waitForAll()
            }
            #expect(begun.now == 3)
        }
    }

    private static func lock(_ first: Int, _ second: Int, in store: JobStore, _ begun: Count) async throws {
        try await store.transaction { connection in
            let isFirstTime = begun.increase() <= 2
            try connection.query("SELECT pg_advisory_xact_lock(\(first))")
            if isFirstTime {
                // Until the other one holds its first lock.
                while begun.now < 2 { try connection.query("SELECT pg_sleep(0.01)") }
                try connection.query("SELECT pg_sleep(0.5)")
            }
            try connection.query("SELECT pg_advisory_xact_lock(\(second))")
        }
    }

    @Test(.timeLimit(.minutes(5))) func whatGoesOnGivingWayIsToldInTheEnd() async throws {
        try await StoreFixture.with { fixture in
            let begun = Count()
            let reason = await reason {
                try await fixture.store.transaction { connection in
                    begun.increase()
                    try connection.query("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$")
                }
            }
            #expect(reason == .unavailable)
            #expect(begun.now == 3)
        }
    }
}
