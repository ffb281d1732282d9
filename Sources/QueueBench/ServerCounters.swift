import Foundation
import Postgres

/// What PostgreSQL counts of itself; no table of Tedi's is read.
struct ServerCounters: Sendable {
    /// Bytes of WAL since the cluster was made.
    var wal: Double
    /// Transactions committed in the database.
    var commits: Double
    /// Dead rows of all tables of the database.
    var deadRows: Double

    static func read(_ system: System) async throws -> ServerCounters {
        let connection = try system.servers.connection(to: system.database)
        let row = try await connection.query(
            """
            SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8,
                (SELECT xact_commit::float8 FROM pg_stat_database WHERE datname = current_database()),
                (SELECT coalesce(sum(n_dead_tup), 0)::float8 FROM pg_stat_user_tables)
            """)[0]
        let counters = ServerCounters(
            wal: try row.double(0), commits: try row.double(1), deadRows: try row.double(2))
        await connection.close()
        return counters
    }
}
