/// How a transaction sees and guards the data.
public struct PostgresTransactionMode: Sendable, Equatable {
    /// SQL's isolation levels, as PostgreSQL has them.
    public enum Isolation: String, Sendable {
        /// Each statement sees what was committed before it.
        case readCommitted = "READ COMMITTED"
        /// All statements see one snapshot; a conflicting write fails (40001).
        case repeatableRead = "REPEATABLE READ"
        /// As if transactions ran one after the other; may fail with 40001.
        case serializable = "SERIALIZABLE"
    }

    /// The isolation level.
    public var isolation: Isolation
    /// True if nothing may be written.
    public var isReadOnly: Bool

    /// Combines an isolation level with an access mode.
    public init(_ isolation: Isolation = .readCommitted, isReadOnly: Bool = false) {
        self.isolation = isolation
        self.isReadOnly = isReadOnly
    }

    /// READ COMMITTED, read and write: PostgreSQL's default.
    public static let readCommitted = PostgresTransactionMode()
    /// One snapshot for several reads.
    public static let snapshot = PostgresTransactionMode(.repeatableRead, isReadOnly: true)

    var beginStatement: String {
        "BEGIN ISOLATION LEVEL \(isolation.rawValue)" + (isReadOnly ? " READ ONLY" : "")
    }
}
