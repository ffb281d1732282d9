import Synchronization

/// A bounded set of connections to one server, lent out one unit of work at a time.
///
/// Connections open when first needed, are lent most-recently-used first, and open again after a loss. Callers who
/// find none free wait in order of arrival; a cancelled one leaves the line. The pool retries nothing: a caller that
/// sees `isConnectionLoss` backs off and calls again.
public final class PostgresPool: Sendable {
    private struct State {
        var pool: PoolState
        var connections: [Int: PostgresConnection] = [:]
        var waiters: [Int: CheckedContinuation<Int, any Error>] = [:]
        var nextWaiter = 0
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    /// Where the server is and how sessions behave.
    public let options: PostgresOptions
    private let state: Mutex<State>

    /// Makes a pool; nothing is opened yet.
    /// - Parameters:
    ///   - options: The server and its sessions.
    ///   - size: Greatest number of connections, each with a thread of its own; at least 1.
    ///   - waiterLimit: Callers that may wait at once before `withConnection` fails at once.
    public init(_ options: PostgresOptions, size: Int = 8, waiterLimit: Int = 10_000) {
        self.options = options
        self.state = Mutex(State(pool: PoolState(size: max(size, 1), waiterLimit: waiterLimit)))
    }

    /// Runs work on a connection of its own, on that connection's thread.
    ///
    /// ```swift
    /// try await pool.withConnection { connection in
    ///     try connection.query("DELETE FROM job_ready WHERE id = $1", [.int8(id)])
    /// }
    /// ```
    /// Cancelling the task leaves the line, or cancels the statement that runs. A transaction left open is rolled back.
    /// - Throws: `PostgresError`, `CancellationError`, or what the closure throws.
    public func withConnection<Value: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws -> Value
    ) async throws -> Value {
        let slot = try await acquire()
        let connection = connection(slot)
        do {
            let value = try await connection.perform(body)
            await release(slot, connection)
            return value
        } catch {
            await release(slot, connection)
            throw error
        }
    }

    /// Runs a transaction on a connection of its own: commits if the closure returns, rolls back if it throws.
    /// - Throws: As `withConnection` and `PostgresConnection.transaction`.
    public func transaction<Value: Sendable>(
        _ mode: PostgresTransactionMode = .readCommitted,
        _ body: @Sendable (isolated PostgresConnection) throws -> Value
    ) async throws -> Value {
        try await withConnection { connection in
            try connection.transaction(mode) { try body(connection) }
        }
    }

    /// Runs one statement on any connection.
    /// - Throws: `PostgresError` or `CancellationError`.
    @discardableResult
    public func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> PostgresRows {
        try await withConnection { connection in try connection.query(sql, parameters) }
    }

    /// Runs a script of statements without parameters on any connection.
    /// - Throws: `PostgresError` or `CancellationError`.
    @discardableResult
    public func execute(_ script: String) async throws -> Int {
        try await withConnection { connection in try connection.execute(script) }
    }

    /// Asks the server for a sign of life.
    /// - Returns: Version of the server, for example 150020 for 15.20.
    /// - Throws: `PostgresError` if it does not answer, or `CancellationError`.
    public func ping() async throws -> Int {
        try await withConnection { connection in
            try connection.query("SELECT 1")
            return try connection.serverVersion()
        }
    }

    /// How many connections are lent and how many callers wait.
    public var status: PostgresPoolStatus {
        state.withLock { state in
            PostgresPoolStatus(
                size: state.pool.size, leased: state.pool.leased, waiting: state.pool.waiterCount,
                isClosed: state.pool.isClosed)
        }
    }

    /// Ends the pool: those who wait fail, work under way is finished, every connection is closed.
    ///
    /// Further calls do nothing.
    public func shutdown() async {
        let (waiters, idle) = state.withLock { state in
            let (waiters, free) = state.pool.close()
            return (
                waiters.compactMap { state.waiters.removeValue(forKey: $0) }, free.compactMap { state.connections[$0] }
            )
        }
        for waiter in waiters { waiter.resume(throwing: PostgresError(.poolUnavailable, "the pool is shut down")) }
        for connection in idle { await connection.close() }
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                guard state.pool.leased > 0 else { return true }
                state.closers.append(continuation)
                return false
            }
            if isDone { continuation.resume() }
        }
    }
}

/// A glance at a pool.
public struct PostgresPoolStatus: Sendable, Equatable {
    /// Greatest number of connections.
    public var size: Int
    /// Connections lent out now.
    public var leased: Int
    /// Callers that wait for one.
    public var waiting: Int
    /// True once `shutdown` was called.
    public var isClosed: Bool
}

// MARK: Leases

extension PostgresPool {
    private func acquire() async throws -> Int {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                admit(waiter, continuation)
            }
        } onCancel: {
            let continuation = state.withLock { state in
                state.pool.cancel(waiter: waiter) ? state.waiters.removeValue(forKey: waiter) : nil
            }
            continuation?.resume(throwing: CancellationError())
        }
    }

    private func admit(_ waiter: Int, _ continuation: CheckedContinuation<Int, any Error>) {
        let outcome: Result<Int, any Error>? = state.withLock { state in
            // A task cancelled before this point has run its handler already and must not join the line.
            guard !Task.isCancelled else { return .failure(CancellationError()) }
            switch state.pool.acquire(waiter: waiter) {
            case .lease(let slot): return .success(slot)
            case .full:
                return .failure(PostgresError(.poolUnavailable, "too many callers wait for a database connection"))
            case .closed: return .failure(PostgresError(.poolUnavailable, "the pool is shut down"))
            case .wait:
                state.waiters[waiter] = continuation
                return nil
            }
        }
        if let outcome { continuation.resume(with: outcome) }
    }

    private func connection(_ slot: Int) -> PostgresConnection {
        state.withLock { state in
            if let connection = state.connections[slot] { return connection }
            let connection = PostgresConnection(options)
            state.connections[slot] = connection
            return connection
        }
    }

    private func release(_ slot: Int, _ connection: PostgresConnection) async {
        let isClosed = state.withLock { $0.pool.isClosed }
        if isClosed { await connection.close() }
        let (waiter, closers) = state.withLock {
            state -> (CheckedContinuation<Int, any Error>?, [CheckedContinuation<Void, Never>]) in
            switch state.pool.release(slot: slot) {
            case .keep, .close(isLast: false): return (nil, [])
            case .hand(let waiter): return (state.waiters.removeValue(forKey: waiter), [])
            case .close(isLast: true):
                defer { state.closers = [] }
                return (nil, state.closers)
            }
        }
        waiter?.resume(returning: slot)
        for closer in closers { closer.resume() }
    }
}
