/// What went wrong between Tedi and PostgreSQL.
///
/// A server error carries the server's own words; the other reasons name what this side saw. Texts never hold a
/// password or a parameter's value, apart from what the server itself puts into `detail`.
public struct PostgresError: Error, Sendable {
    /// The kinds of failure a caller may treat differently.
    public enum Reason: Sendable, Equatable {
        /// The server answered a statement with an error; `sqlState` says which.
        case server
        /// No connection could be made.
        case unreachable
        /// An open connection broke.
        case connectionLost
        /// The task was cancelled and the statement with it.
        case cancelled
        /// The pool is shut down, or too many callers already wait for it.
        case poolUnavailable
        /// A parameter, conninfo string or call order that cannot work; a mistake in the program or configuration.
        case misuse
        /// A column does not hold what the caller asked for.
        case decoding
    }

    /// The kind of failure.
    public var reason: Reason
    /// Five characters of SQLSTATE, where the server sent one.
    public var sqlState: String?
    /// One sentence: the server's primary message, or what this side saw and what to do.
    public var message: String
    /// The server's DETAIL, for example the key that collided.
    public var detail: String?
    /// The server's HINT.
    public var hint: String?
    /// The server's CONTEXT; for a COPY it names the line.
    public var context: String?
    /// The violated constraint's name, for integrity errors (class 23).
    public var constraint: String?
    /// Index of the failing statement within a pipeline.
    public var statementIndex: Int?
    /// True if the connection broke while the server may have been committing: the work may or may not be done.
    public var isOutcomeUnknown = false

    /// Makes an error that did not come from a server.
    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }
}

extension PostgresError {
    /// The connection is gone, was refused, or is about to be closed by the server.
    public var isConnectionLoss: Bool {
        switch reason {
        case .unreachable, .connectionLost: true
        case .server: sqlState.map { $0.hasPrefix("08") || Self.shutdowns.contains($0) } ?? false
        case .cancelled, .poolUnavailable, .misuse, .decoding: false
        }
    }

    /// Trying the whole transaction again, a little later, may succeed.
    ///
    /// 25006 is read_only_sql_transaction: a standby, or a server that was switched over.
    public var isRetryable: Bool {
        isConnectionLoss || isStalePlan || isConflict || sqlState == "25006"
    }

    /// Another transaction was in the way, and this one was undone (40001, 40P01): it may be tried again at once.
    public var isConflict: Bool { sqlState.map(Self.conflicts.contains) ?? false }

    /// The server's disk is full (53100).
    public var isDiskFull: Bool { sqlState == "53100" }

    /// A primary key or unique constraint was violated (23505).
    public var isUniqueViolation: Bool { sqlState == "23505" }

    /// The statement was cancelled, by its task, a statement timeout or another session (57014).
    public var isCancelled: Bool { reason == .cancelled || sqlState == "57014" }

    /// A lock could not be had within `lock_timeout` or with NOWAIT (55P03).
    public var isLockTimeout: Bool { sqlState == "55P03" }

    /// admin_shutdown, crash_shutdown, cannot_connect_now (starting or stopping), database_dropped,
    /// idle_in_transaction_session_timeout.
    private static let shutdowns: Set<String> = ["57P01", "57P02", "57P03", "57P04", "25P03"]

    /// serialization_failure, deadlock_detected.
    private static let conflicts: Set<String> = ["40001", "40P01"]
}

extension PostgresError: CustomStringConvertible {
    /// The message with SQLSTATE, detail, hint and context where there are some.
    public var description: String {
        var text = message
        if let sqlState { text += " [SQLSTATE \(sqlState)]" }
        if let statementIndex { text += " (statement \(statementIndex) of the pipeline)" }
        if let detail { text += "; detail: \(detail)" }
        if let hint { text += "; hint: \(hint)" }
        if let context { text += "; context: \(context)" }
        if isOutcomeUnknown { text += "; whether it was committed is not known" }
        return text
    }
}
