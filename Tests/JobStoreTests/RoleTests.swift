import Foundation
import Jobs
import Postgres
import PrivateStack
import TestServers
import Testing

@testable import JobStore

/// The roles of `Deploy/roles.sql`, on a server of their own: roles are not a database's but a server's.
@Suite("Roles of the database", .timeLimit(.minutes(15))) struct RoleTests {
    private static func script() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "Deploy/roles.sql"), encoding: .utf8)
    }

    @Test func aCoordinatorWorksAndCannotChangeTheSchema() async throws {
        try await TestServers.shared.withDedicatedPostgres(isDurable: false) { server in
            let script = try Self.script()
            let admin = PostgresPool(try PostgresOptions(server.conninfo()), size: 1)
            for _ in 0..<2 { try await admin.execute(script) }
            func pool(_ role: String) throws -> PostgresPool {
                PostgresPool(
                    try PostgresOptions(server.conninfo().replacing("user=tedi", with: "user=\(role)")), size: 2)
            }
            let owner = try pool("tedi_owner")
            _ = try await JobStore(pool: owner).migrate()
            let worker = try pool("tedi_coordinator")
            let store = JobStore(pool: worker)
            try await store.checkSchema()
            #expect(await reason { _ = try await store.migrate() } != nil)

            try await work(store, of: admin)

            // What it may not.
            for statement in [
                "DROP TABLE batch", "TRUNCATE batch", "CREATE TABLE mine (id int)",
                "ALTER TABLE batch ADD COLUMN x int",
                "DROP TABLE job_p2", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE ROLE r",
                "CREATE TEMP TABLE job (id int)", "SET ROLE tedi_owner", "COPY batch TO PROGRAM 'cat'",
                "DROP FUNCTION drop_partitions(bigint)",
            ] {
                let error = await #expect(throws: PostgresError.self, "\(statement)") {
                    try await worker.execute(statement)
                }
                #expect(error?.sqlState == "42501", "\(statement): \(error.map { "\($0)" } ?? "")")
            }
            for pool in [admin, owner, worker] { await pool.shutdown() }
        }
    }

    @Test func anotherRoleCanNeitherConnectNorReadATable() async throws {
        try await TestServers.shared.withDedicatedPostgres(isDurable: false) { server in
            let admin = PostgresPool(try PostgresOptions(server.conninfo()), size: 1)
            try await admin.execute("CREATE ROLE tedi_worker LOGIN")
            func stranger(_ database: String = "tedi") throws -> PostgresPool {
                let conninfo = server.conninfo(database: database).replacing("user=tedi", with: "user=tedi_worker")
                return PostgresPool(try PostgresOptions(conninfo), size: 1)
            }
            // Without the script it gets in, and with it still into other databases: the script is what keeps it out.
            let (before, elsewhere) = (try stranger(), try stranger("postgres"))
            _ = try await before.query("SELECT 1")
            await before.shutdown()
            for _ in 0..<2 { try await admin.execute(try Self.script()) }
            _ = try await elsewhere.query("SELECT 1")
            let owner = PostgresPool(
                try PostgresOptions(server.conninfo().replacing("user=tedi", with: "user=tedi_owner")), size: 2)
            _ = try await JobStore(pool: owner).migrate()
            let outside = try stranger()
            let refusal = await #expect(throws: PostgresError.self) { try await outside.query("SELECT 1") }
            #expect(refusal?.message.contains("permission denied for database") == true, "\(refusal?.message ?? "")")

            // Somebody may let it in by mistake: even so there is nothing for it to see.
            try await admin.execute("GRANT CONNECT ON DATABASE tedi TO tedi_worker")
            let inside = try stranger()
            let tables = try await admin.query(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
            ).map { try $0.string(0) }
            #expect(tables.contains("batch") && tables.contains("job") && tables.contains("api_key"))
            let statements =
                tables.map { "SELECT FROM \($0) LIMIT 1" } + [
                    "SELECT last_value FROM job_id", "SELECT nextval('epoch')",
                    "INSERT INTO tenant (name) VALUES ('x')", "SELECT drop_partitions(0)",
                    "SELECT ensure_partitions(1)", "CREATE TABLE mine (id int)", "CREATE TEMP TABLE mine (id int)",
                    "SET ROLE tedi_coordinator",
                ]
            for statement in statements {
                let error = await #expect(throws: PostgresError.self, "\(statement)") {
                    try await inside.query(statement)
                }
                #expect(error?.sqlState == "42501", "\(statement): \(error.map { "\($0)" } ?? "")")
            }
            for pool in [admin, elsewhere, owner, outside, inside] { await pool.shutdown() }
        }
    }

    /// All that a coordinator does to the tables, over the end of a partition and its removal.
    private func work(_ store: JobStore, of admin: PostgresPool) async throws {
        try await store.announce([StoreFixture.announcement()])
        let term = try #require(try await store.acquireLeadership(holder: "test", ttl: .seconds(600)))
        let fixture = StoreFixture(store: store, pool: store.pool, term: term)
        _ = try await store.createTenant("t", limits: TenantLimits(maximumQueued: 100))
        let key = try await store.createKey(name: "k", tenant: "t", scopes: [.submit])
        #expect(try await store.key(of: key.secret) != nil)
        let batch = try await fixture.batch(lines: 3)
        let jobs = try await fixture.dispatch(3, of: batch)
        _ = try await fixture.record(.done(StoreFixture.result()), of: jobs[0].lease)
        _ = try await fixture.record(
            .failed(JobFailure(code: "bad", message: "", retryable: false)), of: jobs[1].lease)
        _ = try await fixture.record(.done(StoreFixture.result(2)), of: jobs[2].lease)
        #expect(try await store.batch(batch.id).state == .finished)
        // Partitions are made ahead, and go with their last batch.
        try await admin.execute("SELECT setval('job_id', 2999990)")
        // Another coordinator, for this one would not look at the sequence that the test has moved.
        let other = StoreFixture(store: JobStore(pool: store.pool), pool: store.pool, term: term)
        let late = try await other.batch(lines: 20)
        #expect(try await other.dispatch(20, of: late).count == 20)
        let stray = try await admin.query("SELECT count(*) FROM job_stray")
        #expect(try stray[0].int(0) == 0)
        try await admin.execute("UPDATE batch SET finished_at = clock_timestamp() - interval '2 days' WHERE state = 3")
        let pruned = try await store.prune(olderThan: .seconds(86_400), term: term)
        #expect(pruned.batches == 1 && pruned.partitions > 0)
        #expect(try await store.job(JobID(2_999_999)).batch == late.id)
    }
}
