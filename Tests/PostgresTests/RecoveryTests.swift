import Postgres
import PrivateStack
import TestServers
import Testing

@Suite("Loss and recovery")
struct RecoveryTests {
    @Test("A server killed under a statement is a connection loss; the pool recovers with every committed row")
    func killedMidUse() async throws {
        try await TestServers.shared.withDedicatedPostgres { server in
            let pool = PostgresPool(try PostgresOptions(server.conninfo()), size: 3)
            try await pool.execute("CREATE TABLE t (n integer); INSERT INTO t SELECT generate_series(1, 1000)")

            let sleeper = Task { try await pool.query("SELECT pg_sleep(60)") }
            let writer = Task {
                try await pool.transaction { connection in
                    try connection.query("INSERT INTO t VALUES (-1)")
                    return try connection.query("SELECT pg_sleep(61)")
                }
            }
            let isBusy = try await eventually {
                try await pool.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'").count == 2
            }
            #expect(isBusy)
            await server.crash()

            let autocommitted = await postgresError { _ = try await sleeper.value }
            #expect(autocommitted?.isConnectionLoss == true)
            #expect(autocommitted?.isOutcomeUnknown == true)
            let transaction = await postgresError { _ = try await writer.value }
            #expect(transaction?.isConnectionLoss == true)
            #expect(transaction?.isOutcomeUnknown == false)
            let refused = await postgresError { try await pool.query("SELECT 1") }
            #expect(refused?.isConnectionLoss == true)

            try await server.start()
            #expect(try await pool.query("SELECT count(*) FROM t")[0].int(0) == 1000)
            await pool.shutdown()
        }
    }

    @Test("Idle connections that a restart closed are replaced unseen")
    func restartWhileIdle() async throws {
        try await TestServers.shared.withDedicatedPostgres(isDurable: false) { server in
            let pool = PostgresPool(try PostgresOptions(server.conninfo()), size: 2)
            try await pool.query("SELECT 1")
            try await server.stop()
            #expect(server.processID == nil)
            try await server.start()
            for _ in 0..<3 { #expect(try await pool.query("SELECT 1").count == 1) }
            await pool.shutdown()
        }
    }

    @Test("A backend ended by the administrator is a connection loss within the lease and heals after it")
    func terminatedBackend() async throws {
        try await withPool(size: 2) { pool in
            let error = await postgresError {
                try await pool.withConnection { connection in
                    // Ends its own session: the answer is lost with the connection.
                    try connection.query("SELECT pg_terminate_backend(pg_backend_pid())")
                }
            }
            #expect(error?.isConnectionLoss == true)
            let later = await postgresError {
                try await pool.withConnection { connection in
                    _ = try? connection.query("SELECT pg_terminate_backend(pg_backend_pid())")
                    // A second session must not take over in the middle of a unit of work.
                    try connection.query("SELECT 1")
                }
            }
            #expect(later?.isConnectionLoss == true)
            let isUsable = try await pool.query("SELECT 1").count == 1
            #expect(isUsable)
        }
    }

    @Test("A COMMIT whose answer is lost leaves the outcome unknown")
    func lostCommit() async throws {
        try await withPool(size: 2) { pool in
            try await pool.execute(
                """
                CREATE TABLE t (n integer);
                CREATE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION end_session()
                """)
            let error = await postgresError {
                try await pool.transaction { connection in try connection.query("INSERT INTO t VALUES (1)") }
            }
            #expect(error?.isConnectionLoss == true)
            #expect(error?.isOutcomeUnknown == true)
            #expect(try await pool.query("SELECT n FROM t").isEmpty)
        }
    }
}
