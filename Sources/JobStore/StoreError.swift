public import Jobs
import Postgres

/// Why the store did not do what it was asked to.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure that callers treat differently.
    public enum Reason: Hashable, Sendable {
        /// PostgreSQL is out of reach, starting, stopping or overloaded; nothing or everything was done: ask again.
        case unavailable
        /// PostgreSQL takes no writes at present: its disk is full, or it is a standby.
        case notWritable
        /// The server is older than Tedi needs, or its encoding is not UTF-8.
        case unsupportedServer
        /// The schema is older or newer than this build.
        case wrongSchema
        /// There is no such batch or job.
        case notFound
        /// No worker has announced the model, or a prefix of a digest fits several.
        case unknownModel
        /// The model cannot do what is asked for.
        case unable
        /// The idempotency key was used for another request.
        case idempotencyMismatch
        /// A request with the same idempotency key is under way.
        case idempotencyConflict
        /// Another batch with the unique key is not over.
        case uniqueKeyTaken(BatchID)
        /// The batch is in a state in which this cannot be done.
        case wrongState(BatchState)
        /// The tenant has as many jobs as it may have.
        case quotaExceeded
        /// Items must continue where the batch stands.
        case outOfStep(received: Int)
        /// The batch is not open any more.
        case batchNotOpen(BatchState)
        /// A batch without items cannot be sealed.
        case emptyBatch
        /// The batch would have more jobs than one may have.
        case tooManyJobs
        /// Lines that cannot stand together with others.
        case badItems([LineError])
        /// There are as many cron entries as there may be.
        case tooManyCronEntries
        /// The caller does not lead any more: another term has begun, or its own has run out.
        case staleTerm
        /// A value that PostgreSQL refuses to store; it would refuse it again.
        case invalidValue
        /// The task was cancelled.
        case cancelled
        /// A mistake of ours, or damage to the database.
        case unexpected
    }

    /// The kind of failure.
    public var reason: Reason
    /// What happened and what to do, for people.
    public var message: String

    /// Describes a failure.
    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// Whether the same call may succeed a little later.
    public var isRetryable: Bool { reason == .unavailable }

    /// Whether PostgreSQL, not the caller, is at fault.
    public var isUnavailable: Bool { reason == .unavailable || reason == .notWritable }

    /// The message.
    public var description: String { message }
}

/// A refused line of a batch.
public struct LineError: Error, Hashable, Sendable {
    /// The line, from 1.
    public var line: Int
    /// What is wrong with it.
    public var error: ItemError

    /// Names a refused line.
    public init(line: Int, error: ItemError) {
        self.line = line
        self.error = error
    }
}

extension StoreError {
    /// Names an error of the driver by what it means to callers.
    init(_ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case is CancellationError: self.init(.cancelled, "the task was cancelled")
        case let error as PostgresError: self.init(error)
        default: self.init(.unexpected, "\(error)")
        }
    }

    private init(_ error: PostgresError) {
        switch error.sqlState {
        case "25006":
            self.init(.notWritable, "PostgreSQL is read-only (a standby?): \(error)")
        case let state? where state.hasPrefix("53") && state != "53300":
            let cure = error.isDiskFull ? "its disk is full; make room" : "it is out of resources"
            self.init(.notWritable, "PostgreSQL takes no writes, \(cure): \(error)")
        case "42P01", "42703", "3F000":
            self.init(.wrongSchema, "the database lacks part of the schema; run “tedi-coordinator migrate”: \(error)")
        case let state? where state.hasPrefix("22") || state.hasPrefix("23"):
            self.init(.invalidValue, "PostgreSQL refuses a value: \(error)")
        default:
            let canWait =
                error.isRetryable || error.reason == .poolUnavailable || error.isLockTimeout
                || error.sqlState == "53300" || error.isCancelled
            self.init(canWait ? .unavailable : .unexpected, "PostgreSQL: \(error)")
        }
    }
}
