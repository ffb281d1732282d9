import Logging
import Threads

/// One connection to PostgreSQL, on a thread of its own.
///
/// libpq blocks, so the actor's executor is a thread and no call ever holds up the cooperative pool. A single call is
/// `try await connection.query(…)`; a loop of calls belongs inside `perform`, where they cost no thread switch:
///
/// ```swift
/// let ids = try await connection.perform { connection in
///     try connection.transaction {
///         try connection.query("SELECT id FROM job WHERE batch = $1", [.int8(batch)]).map { try $0.int64(0) }
///     }
/// }
/// ```
///
/// The connection opens with the first use and opens again with the first use after a loss, but never within a
/// `perform`: a caller must not find the second half of its work in another session.
public actor PostgresConnection {
    /// Where the server is and how sessions behave.
    public nonisolated let options: PostgresOptions
    private let executor: ThreadExecutor
    private nonisolated let canceller = Canceller()
    private var session: Session?
    private var isLeased = false
    private var hasStalePlan = false

    /// The connection's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    /// Makes a connection that opens on first use.
    public init(_ options: PostgresOptions) {
        self.options = options
        self.executor = ThreadExecutor(name: "postgres")
    }

    /// Runs work on the connection's thread as one lease.
    ///
    /// Opens the connection if need be. Cancelling the task cancels the statement that runs on the server; statements
    /// called on the actor directly run to their end. A transaction left open is rolled back.
    /// - Throws: `PostgresError`, `CancellationError`, or what the closure throws.
    public func perform<Value: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws -> Value
    ) async throws -> Value {
        let canceller = canceller
        let ticket = canceller.ticket()
        return try await withTaskCancellationHandler {
            try lease(ticket, body)
        } onCancel: {
            canceller.fire(ticket)
        }
    }

    private func lease<Value: Sendable>(
        _ ticket: Int, _ body: (isolated PostgresConnection) throws -> Value
    ) throws -> Value {
        canceller.begin(ticket)
        isLeased = false
        defer { endLease() }
        try Task.checkCancellation()
        _ = try open()
        isLeased = true
        do {
            return try body(self)
        } catch let error as PostgresError where error.isCancelled && canceller.isFired {
            throw CancellationError()
        }
    }

    private func endLease() {
        isLeased = false
        let wasCancelled = canceller.end()
        guard let session else { return }
        if !session.isBroken, session.isInTransaction {
            options.logger.warning("A transaction was left open and is rolled back")
            if !session.rollback() { close() }
        }
        // The request may still be on its way to the backend: let it hit a statement that nobody misses.
        if wasCancelled, !session.isBroken { _ = try? session.simple("SELECT 1") }
        if session.isBroken || !session.isIdle || hasStalePlan { close() }
    }

    /// The open session, for one statement.
    func open() throws(PostgresError) -> Session {
        if isLeased, canceller.isFired {
            throw PostgresError(.cancelled, "the task was cancelled before the statement was sent")
        }
        if let session {
            if isLeased {
                guard !session.isBroken else {
                    throw PostgresError(.connectionLost, "the connection was lost earlier in this unit of work")
                }
                return session
            }
            if session.isInTransaction || !session.isStale() { return session }
            options.logger.debug("An idle connection was closed by the server")
            close()
        }
        guard !isLeased else { throw PostgresError(.connectionLost, "the connection was closed") }
        let session = try Session(options)
        canceller.setRequest(session.cancelRequest)
        self.session = session
        return session
    }

    /// Closes the connection; the next use opens it again.
    public func close() {
        canceller.setRequest(nil)
        hasStalePlan = false
        session = nil
    }

    /// True while a connection is open, as far as this side knows.
    public var isOpen: Bool { session.map { !$0.isBroken } ?? false }
}

// MARK: Statements

extension PostgresConnection {
    /// Runs one statement with parameters; it is prepared once per connection.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func query(_ sql: String, _ parameters: [PostgresValue] = []) throws(PostgresError) -> PostgresRows {
        try use { session throws(PostgresError) in try session.run(sql, parameters) }
    }

    /// Runs one or more statements without parameters or answers, separated by semicolons; for DDL and scripts.
    ///
    /// Outside a transaction the server runs them as one implicit transaction.
    /// - Returns: Rows affected by the last one.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func execute(_ script: String) throws(PostgresError) -> Int {
        try use { session throws(PostgresError) in try session.simple(script).affectedCount }
    }

    /// Sends many statements in one round trip and reads their answers in order.
    ///
    /// Outside a transaction they are one: all are committed or none. Statements not yet prepared on this connection
    /// cost a round trip each, once.
    /// - Throws: `PostgresError`; `statementIndex` says which statement failed, and none took effect.
    public func pipeline(_ statements: [PostgresStatement]) throws(PostgresError) -> [PostgresRows] {
        try use { session throws(PostgresError) in try session.pipeline(statements) }
    }

    /// Runs a transaction: commits if the closure returns, rolls back if it throws.
    ///
    /// If the answer to COMMIT is lost, the error has `isConnectionLoss` and `isOutcomeUnknown`.
    /// - Throws: `PostgresError`, or what the closure throws.
    public func transaction<Value>(
        _ mode: PostgresTransactionMode = .readCommitted, _ body: () throws -> Value
    ) throws -> Value {
        let session = try open()
        try session.begin(mode)
        do {
            let value = try body()
            try session.commit()
            return value
        } catch {
            if !session.rollback(), !isLeased { close() }
            throw error
        }
    }

    /// Runs `COPY … FROM STDIN` (text format) and lends a writer for its rows; an error aborts the whole COPY.
    /// - Returns: Rows that the server took, and what the closure returned.
    /// - Throws: `PostgresError` (`context` names the line), or what the closure throws.
    @discardableResult
    public func copyIn<Value>(
        _ sql: String, _ body: (inout PostgresCopyWriter) throws -> Value
    ) throws -> PostgresCopyResult<Value> {
        let session = try open()
        defer { if !isLeased, session.isBroken { close() } }
        return try session.copyIn(sql, body)
    }

    /// Runs `COPY … TO STDOUT` and lends each row, with its newline in text format, as it arrives.
    /// - Throws: `PostgresError`, or what the closure throws, which cancels the COPY.
    public func copyOut(_ sql: String, _ body: (Span<UInt8>) throws -> Void) throws {
        let session = try open()
        defer { if !isLeased, session.isBroken { close() } }
        try session.copyOut(sql, body)
    }

    /// Version of the server as a number, for example 150020 for 15.20.
    /// - Throws: `PostgresError` if no connection can be opened.
    public func serverVersion() throws(PostgresError) -> Int {
        try open().serverVersion
    }

    private func use<Value>(
        _ body: (Session) throws(PostgresError) -> Value
    ) throws(PostgresError) -> Value {
        let session = try open()
        defer { if !isLeased, session.isBroken { close() } }
        do throws(PostgresError) {
            return try body(session)
        } catch {
            // Within a transaction the statement cannot be prepared anew; the next lease begins on a fresh session.
            hasStalePlan = hasStalePlan || error.isStalePlan
            throw error
        }
    }
}
