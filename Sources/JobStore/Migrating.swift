import Logging
import Migrations
import Postgres
import Telemetry

/// What a migration did.
public struct MigrationReport: Sendable, Equatable {
    /// Version of the schema before; 0 for an empty database.
    public var before: Int
    /// Version of the schema now.
    public var after: Int
}

extension JobStore {
    /// Oldest server that will do, as libpq numbers versions.
    static let oldestServer = 150_000

    /// The version of the schema that this build works with.
    public static var schemaVersion: Int { Migrations.all.map(\.version).max() ?? 0 }

    /// Brings the schema up to date, in one transaction; safe to call from several processes at once.
    public func migrate() async throws(StoreError) -> MigrationReport {
        let report = try await transaction { connection in
            try Self.checkServer(connection)
            try connection.query("SELECT pg_advisory_xact_lock(7283341, 0)")
            try connection.execute(
                """
                CREATE TABLE IF NOT EXISTS migration (
                    version     integer PRIMARY KEY,
                    name        text NOT NULL,
                    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp()
                )
                """)
            let before = try connection.query("SELECT coalesce(max(version), 0) FROM migration")[0].int(0)
            guard before <= Self.schemaVersion else { throw Self.tooNew(before) }
            for migration in Migrations.all where migration.version > before {
                try connection.execute(migration.sql)
                try connection.query(
                    "INSERT INTO migration (version, name) VALUES ($1, $2)",
                    [.int4(Int32(migration.version)), .text(migration.name)])
            }
            return MigrationReport(before: before, after: Self.schemaVersion)
        }
        if report.before != report.after {
            logger.info("The schema was migrated", metadata: [LogKey.version: "\(report.after)"])
        }
        return report
    }

    /// Checks that the schema is the one that this build works with.
    public func checkSchema() async throws(StoreError) {
        try await run { connection in
            try Self.checkServer(connection)
            let version = try connection.query("SELECT coalesce(max(version), 0) FROM migration")[0].int(0)
            guard version <= Self.schemaVersion else { throw Self.tooNew(version) }
            guard version == Self.schemaVersion else {
                throw StoreError(
                    .wrongSchema,
                    "the schema has version \(version), this build needs \(Self.schemaVersion); "
                        + "run “tedi-coordinator migrate”")
            }
        }
    }

    private static func checkServer(_ connection: isolated PostgresConnection) throws {
        let version = try connection.serverVersion()
        guard version >= oldestServer else {
            throw StoreError(
                .unsupportedServer,
                "PostgreSQL \(version / 10_000) is too old; Tedi needs \(oldestServer / 10_000) or later")
        }
        let encoding = try connection.query("SELECT current_setting('server_encoding')")[0].string(0)
        guard encoding == "UTF8" else {
            throw StoreError(
                .unsupportedServer, "the encoding of the database is \(encoding); create it with ENCODING 'UTF8'")
        }
    }

    private static func tooNew(_ version: Int) -> StoreError {
        StoreError(
            .wrongSchema,
            "the schema has version \(version), newer than the \(schemaVersion) that this build knows; "
                + "install a newer Tedi")
    }
}
