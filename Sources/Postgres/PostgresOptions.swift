internal import CLibPQ
public import Logging

/// Where a server is and how sessions on it behave.
///
/// `description` names the server without its password and is fit for logs; the conninfo string is not.
public struct PostgresOptions: Sendable {
    /// libpq conninfo string or `postgresql://` address; may hold a password.
    public var conninfo: String
    /// Shown in `pg_stat_activity`.
    public var applicationName: String
    /// How long a connection may take to open; a `connect_timeout` in the conninfo string wins.
    public var connectTimeout: Duration
    /// `statement_timeout`; nil leaves the server's setting.
    public var statementTimeout: Duration?
    /// `lock_timeout`; nil leaves the server's setting.
    public var lockTimeout: Duration?
    /// `idle_in_transaction_session_timeout`; nil leaves the server's setting.
    public var idleInTransactionTimeout: Duration?
    /// Receives the server's notices and what connections go through.
    public var logger: Logger

    /// Describes a server; nothing is opened yet.
    /// - Throws: `PostgresError` with reason `misuse` if libpq cannot read the conninfo string.
    public init(
        _ conninfo: String,
        applicationName: String = "tedi",
        connectTimeout: Duration = .seconds(5),
        statementTimeout: Duration? = .seconds(60),
        lockTimeout: Duration? = .seconds(20),
        idleInTransactionTimeout: Duration? = .seconds(60),
        logger: Logger = Logger(label: "tedi.postgres")
    ) throws(PostgresError) {
        self.conninfo = conninfo
        self.applicationName = applicationName
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
        self.lockTimeout = lockTimeout
        self.idleInTransactionTimeout = idleInTransactionTimeout
        self.logger = logger
        self.description = try Self.describe(conninfo)
    }

    /// Host, port, database and user, without the password.
    public let description: String

    /// Whether a conninfo string holds a password or another secret; false where libpq cannot read it.
    public static func holdsPassword(_ conninfo: String) -> Bool {
        guard let parts = try? parts(of: conninfo) else { return false }
        return ["password", "sslpassword"].contains { parts[$0]?.isEmpty == false }
    }

    private static func describe(_ conninfo: String) throws(PostgresError) -> String {
        let parts = try parts(of: conninfo)
        return ["host", "port", "dbname", "user"].compactMap { key in parts[key].map { "\(key)=\($0)" } }
            .joined(separator: " ")
    }

    /// What a conninfo string says, by keyword, without libpq's defaults.
    private static func parts(of conninfo: String) throws(PostgresError) -> [String: String] {
        guard let options = unsafe PQconninfoParse(conninfo, nil) else {
            // libpq's own message may quote the string, and with it a password.
            throw PostgresError(
                .misuse,
                "the conninfo string cannot be read; write it like \"host=/run/postgresql user=tedi dbname=tedi\"")
        }
        defer { unsafe PQconninfoFree(options) }
        var parts: [String: String] = [:]
        var next = unsafe options
        while let keyword = unsafe next.pointee.keyword {
            if let value = unsafe next.pointee.val { unsafe parts[String(cString: keyword)] = String(cString: value) }
            unsafe next += 1
        }
        return parts
    }

    /// Settings of a new session as pairs for `set_config`.
    var sessionSettings: [(name: String, value: String)] {
        let timeouts: [(String, Duration?)] = [
            ("statement_timeout", statementTimeout), ("lock_timeout", lockTimeout),
            ("idle_in_transaction_session_timeout", idleInTransactionTimeout),
        ]
        return timeouts.compactMap { name, timeout in
            timeout.map { (name, String($0.wholeMilliseconds)) }
        }
    }
}

extension PostgresOptions: CustomStringConvertible {}

extension Duration {
    /// Milliseconds, rounded down, at least one: zero would switch a timeout off.
    var wholeMilliseconds: Int64 {
        max(1, components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
