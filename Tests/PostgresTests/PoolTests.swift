import Postgres
import Synchronization
import Testing

@Suite("The pool")
struct PoolTests {
    @Test("Fifty waiting statements on eight connections leave the cooperative pool free", .timeLimit(.minutes(15)))
    func neverBlocks() async throws {
        try await withPool(size: 8) { pool in
            let gate = PostgresConnection(pool.options)
            try await gate.query("SELECT pg_advisory_lock(1)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask { try await pool.query("SELECT pg_advisory_xact_lock_shared(1)") }
                }
                #expect(try await eventually { pool.status.leased == 8 && pool.status.waiting == 42 })
                // All eight wait in libpq now. Were they on the threads of the cooperative pool, of which there is one
                // for each core, nothing below would ever run.
                await withTaskGroup(of: Void.self) { tasks in
                    for _ in 0..<200 { tasks.addTask { await Task.yield() } }
                }
                #expect(pool.status.leased == 8)
                try await gate.query("SELECT pg_advisory_unlock(1)")
                try await group.waitForAll()
            }
            await gate.close()
            #expect(pool.status.leased == 0)
            #expect(pool.status.size == 8)
        }
    }

    @Test("Callers are served in order of arrival")
    func firstComeFirstServed() async throws {
        try await withPool(size: 1) { pool in
            let served = Record()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pool.query("SELECT pg_sleep(0.5)") }
                #expect(try await eventually { pool.status.leased == 1 })
                for caller in 0..<10 {
                    group.addTask {
                        try await pool.withConnection { _ in served.add(caller) }
                    }
                    #expect(try await eventually { pool.status.waiting == caller + 1 || pool.status.leased == 0 })
                }
                try await group.waitForAll()
            }
            #expect(served.numbers == Array(0..<10))
        }
    }

    @Test("A cancelled caller leaves the line")
    func cancelledWaiter() async throws {
        try await withPool(size: 1) { pool in
            let holder = Task { try await pool.query("SELECT pg_sleep(30)") }
            let isHeld = try await eventually { pool.status.leased == 1 }
            #expect(isHeld)
            let waiter = Task { try await pool.query("SELECT 1") }
            #expect(try await eventually { pool.status.waiting == 1 })
            waiter.cancel()
            await #expect(throws: CancellationError.self) { try await waiter.value }
            #expect(pool.status.waiting == 0)
            holder.cancel()
            await #expect(throws: CancellationError.self) { try await holder.value }
            #expect(try await pool.query("SELECT 1").count == 1)
        }
    }

    @Test("Cancelling a task cancels its statement on the server within a second")
    func cancelledStatement() async throws {
        try await withPool(size: 2) { pool in
            let task = Task {
                try await pool.transaction { connection in
                    try connection.execute("CREATE TABLE t (n integer)")
                    return try connection.query("SELECT pg_sleep(60)")
                }
            }
            let isSleeping = try await eventually {
                try await !pool.query(
                    "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'"
                ).isEmpty
            }
            #expect(isSleeping)
            let elapsed = await ContinuousClock().measure {
                task.cancel()
                await #expect(throws: CancellationError.self) { _ = try await task.value }
            }
            #expect(elapsed < .seconds(5))
            #expect(try await pool.query("SELECT 1 FROM pg_class WHERE relname = 't'").isEmpty)
            // The request must not hit a later statement on the same connection.
            for _ in 0..<20 { #expect(try await pool.query("SELECT 1").count == 1) }
        }
    }

    @Test("Cancelling a task that waits for a shared connection leaves the one before it alone")
    func cancelledBystander() async throws {
        try await withConnection { connection in
            let first = Task { try await connection.perform { try $0.query("SELECT pg_sleep(0.4)") } }
            let observer = PostgresConnection(connection.options)
            let isSleeping = try await eventually {
                try await !observer.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'").isEmpty
            }
            #expect(isSleeping)
            let second = Task { try await connection.perform { try $0.query("SELECT 2") } }
            second.cancel()
            #expect(try await first.value.count == 1)
            await #expect(throws: CancellationError.self) { try await second.value }
        }
    }

    @Test("A task cancelled beforehand does nothing")
    func cancelledBefore() async throws {
        try await withPool(size: 1) { pool in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await pool.query("SELECT 1")
            }
            await #expect(throws: CancellationError.self) { _ = try await task.value }
            #expect(pool.status.leased == 0)
        }
    }

    @Test("Shutdown lets work finish, fails those who wait and closes every connection")
    func shutdown() async throws {
        try await withConnection { observer in
            let pool = PostgresPool(observer.options, size: 1)
            let worker = Task { try await pool.query("SELECT pg_sleep(0.3)") }
            #expect(try await eventually { pool.status.leased == 1 })
            let waiter = Task { try await pool.query("SELECT 1") }
            #expect(try await eventually { pool.status.waiting == 1 })
            await pool.shutdown()
            #expect(try await worker.value.count == 1)
            let refused = await postgresError { _ = try await waiter.value }
            #expect(refused?.reason == .poolUnavailable)
            let late = await postgresError { try await pool.query("SELECT 1") }
            #expect(late?.reason == .poolUnavailable)
            let isClosed = try await eventually {
                try await observer.query(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")[0].int(0) == 1
            }
            #expect(isClosed)
            await pool.shutdown()
        }
    }

    @Test("More callers than the limit are refused at once")
    func waiterLimit() async throws {
        try await withConnection { connection in
            let pool = PostgresPool(connection.options, size: 1, waiterLimit: 0)
            let holder = Task { try await pool.query("SELECT pg_sleep(30)") }
            let isHeld = try await eventually { pool.status.leased == 1 }
            #expect(isHeld)
            let error = await postgresError { try await pool.query("SELECT 1") }
            #expect(error?.reason == .poolUnavailable)
            holder.cancel()
            _ = await holder.result
            await pool.shutdown()
        }
    }

    @Test("A ping tells the server's version")
    func ping() async throws {
        try await withPool(size: 1) { pool in
            let isKnown = try await pool.ping() >= 150_000
            #expect(isKnown)
        }
    }
}

/// Numbers in the order in which tasks added them.
private final class Record: Sendable {
    private let state = Mutex<[Int]>([])
    var numbers: [Int] { state.withLock { $0 } }
    func add(_ number: Int) { state.withLock { $0.append(number) } }
}
