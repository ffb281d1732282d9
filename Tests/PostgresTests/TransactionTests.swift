import Postgres
import Testing

private struct Refusal: Error {}

@Suite("Transactions")
struct TransactionTests {
    @Test("A transaction that returns is committed")
    func commit() async throws {
        try await withPool(size: 2) { pool in
            try await pool.execute("CREATE TABLE t (n integer)")
            let value = try await pool.transaction { connection in
                try connection.query("INSERT INTO t VALUES (1)")
                return try connection.query("SELECT count(*) FROM t")[0].int(0)
            }
            #expect(value == 1)
            #expect(try await pool.query("SELECT n FROM t").count == 1)
        }
    }

    @Test("A transaction that throws is rolled back, and the error passes through")
    func rollback() async throws {
        try await withPool(size: 1) { pool in
            try await pool.execute("CREATE TABLE t (n integer)")
            await #expect(throws: Refusal.self) {
                try await pool.transaction { connection in
                    try connection.query("INSERT INTO t VALUES (1)")
                    throw Refusal()
                }
            }
            #expect(try await pool.query("SELECT n FROM t").isEmpty)
        }
    }

    @Test("An error that was caught inside does not turn COMMIT into a silent ROLLBACK")
    func swallowedError() async throws {
        try await withPool(size: 1) { pool in
            let error = await postgresError {
                try await pool.transaction { connection in
                    try connection.execute("CREATE TABLE t (n integer)")
                    _ = try? connection.query("SELECT 1 / 0")
                }
            }
            #expect(error?.sqlState == "25P02")
            let isUndone = try await pool.query("SELECT 1 FROM pg_class WHERE relname = 't'").isEmpty
            #expect(isUndone)
        }
    }

    @Test("A transaction left open by BEGIN is rolled back before the next lease")
    func leftOpen() async throws {
        try await withPool(size: 1) { pool in
            try await pool.execute("CREATE TABLE t (n integer)")
            try await pool.withConnection { connection in
                try connection.execute("BEGIN")
                try connection.execute("INSERT INTO t VALUES (1)")
            }
            #expect(try await pool.query("SELECT n FROM t").isEmpty)
        }
    }

    @Test("Transactions do not nest")
    func nesting() async throws {
        try await withPool(size: 1) { pool in
            let error = await postgresError {
                try await pool.transaction { connection in try connection.transaction {} }
            }
            #expect(error?.reason == .misuse)
            try await pool.execute("SELECT 1")
        }
    }

    @Test("A read-only snapshot refuses writes and does not see later commits")
    func snapshot() async throws {
        try await withPool(size: 2) { pool in
            try await pool.execute("CREATE TABLE t (n integer)")
            let error = await postgresError {
                try await pool.transaction(.snapshot) { connection in try connection.query("INSERT INTO t VALUES (1)") }
            }
            #expect(error?.sqlState == "25006")
            let level = try await pool.transaction(.init(.serializable)) { connection in
                try connection.query("SHOW transaction_isolation")[0].string(0)
            }
            #expect(level == "serializable")
        }
    }

    @Test("A lost race between serializable transactions is retryable")
    func serializationFailure() async throws {
        try await withConnection { one in
            let two = PostgresConnection(one.options)
            try await one.execute("CREATE TABLE t (n integer); INSERT INTO t VALUES (0)")
            for connection in [one, two] {
                try await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT n FROM t")
            }
            try await one.execute("UPDATE t SET n = n + 1; COMMIT")
            let error = await postgresError { try await two.query("UPDATE t SET n = n + 1") }
            #expect(error?.sqlState == "40001")
            #expect(error?.isRetryable == true)
            #expect(error?.isConnectionLoss == false)
        }
    }
}
