import Logging
import Postgres
import Synchronization
import Testing

@Suite("Statements and errors")
struct StatementTests {
    @Test("A statement is prepared once per connection and set of types")
    func preparedOnce() async throws {
        try await withConnection { connection in
            for value in 0..<10 {
                let rows = try await connection.query("SELECT $1::bigint + 1", [.int8(Int64(value))])
                #expect(try rows[0].int64(0) == Int64(value) + 1)
            }
            // NULL fits the statement that is there; another type makes another.
            _ = try await connection.query("SELECT $1::bigint + 1", [.null])
            _ = try await connection.query("SELECT $1::bigint + 1", [.int4(1)])
            let rows = try await connection.query(
                "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT $1::bigint + 1'")
            #expect(try rows[0].int(0) == 2)
        }
    }

    @Test("More texts than the cache holds still work")
    func cacheLimit() async throws {
        try await withConnection { connection in
            let total = try await connection.perform { connection in
                try (0..<1100).reduce(0) { sum, number in
                    sum + (try connection.query("SELECT \(number)")[0].int(0))
                }
            }
            #expect(total == 1100 * 1099 / 2)
            let rows = try await connection.query("SELECT count(*) FROM pg_prepared_statements")
            #expect(try rows[0].int(0) <= 512)
        }
    }

    @Test("A plan that a migration made stale is made again")
    func stalePlan() async throws {
        try await withConnection { connection in
            try await connection.execute("CREATE TABLE t (a integer); INSERT INTO t VALUES (1)")
            _ = try await connection.query("SELECT * FROM t")
            try await connection.execute("ALTER TABLE t ADD b text DEFAULT 'new'")
            let rows = try await connection.query("SELECT * FROM t")
            #expect(try rows[0].string(1) == "new")
            try await connection.execute("DEALLOCATE ALL")
            #expect(try await connection.query("SELECT * FROM t").count == 1)
        }
    }

    @Test("A server error carries SQLSTATE, message, detail and constraint, and the connection goes on")
    func serverError() async throws {
        try await withConnection { connection in
            try await connection.execute("CREATE TABLE t (id bigint CONSTRAINT only_once PRIMARY KEY)")
            try await connection.query("INSERT INTO t VALUES ($1)", [7])
            let error = await postgresError { try await connection.query("INSERT INTO t VALUES ($1)", [7]) }
            #expect(error?.sqlState == "23505")
            #expect(error?.isUniqueViolation == true)
            #expect(error?.constraint == "only_once")
            #expect(error?.detail == "Key (id)=(7) already exists.")
            #expect(error?.isConnectionLoss == false)
            #expect(error?.isRetryable == false)
            #expect(error?.isOutcomeUnknown == false)
            #expect(try await connection.query("SELECT id FROM t").count == 1)
        }
    }

    @Test("Affected rows are counted")
    func affectedRows() async throws {
        try await withConnection { connection in
            try await connection.execute("CREATE TABLE t AS SELECT generate_series(1, 10) AS n")
            #expect(try await connection.query("UPDATE t SET n = n + 1 WHERE n > $1", [.int4(4)]).affectedCount == 6)
            #expect(try await connection.execute("DELETE FROM t; SELECT 1") == 1)
        }
    }

    @Test("Session settings hold: timeouts and application name")
    func settings() async throws {
        try await withConnection { connection in
            var options = connection.options
            options.applicationName = "tedi-test"
            options.statementTimeout = .milliseconds(50)
            options.lockTimeout = .milliseconds(1500)
            let impatient = PostgresConnection(options)
            let rows = try await impatient.query(
                "SELECT current_setting('application_name'), current_setting('lock_timeout'), current_setting('client_encoding')"
            )
            #expect(try rows[0].string(0) == "tedi-test")
            #expect(try rows[0].string(1) == "1500ms")
            #expect(try rows[0].string(2) == "UTF8")
            let error = await postgresError { try await impatient.query("SELECT pg_sleep(10)") }
            #expect(error?.sqlState == "57014")
            #expect(error?.isCancelled == true)
        }
    }

    @Test("Notices go to the logger")
    func notices() async throws {
        let log = LogSink()
        try await withConnection { connection in
            var options = connection.options
            options.logger = Logger(label: "test") { _ in log }
            options.logger.logLevel = .debug
            let talkative = PostgresConnection(options)
            try await talkative.execute("DO $$ BEGIN RAISE WARNING 'mind the gap'; RAISE NOTICE 'by the way'; END $$")
        }
        #expect(log.lines.withLock { $0 }.contains("warning: mind the gap"))
        #expect(log.lines.withLock { $0 }.contains("debug: by the way"))
    }

    @Test("A bad conninfo string is refused without being shown")
    func badConninfo() {
        let error = #expect(throws: PostgresError.self) { try PostgresOptions("host=x password=sec'ret oops") }
        #expect(error?.reason == .misuse)
        #expect(error?.description.contains("ret") == false)
    }

    @Test("Options describe themselves without the password")
    func description() throws {
        let options = try PostgresOptions("postgresql://me:secret@db.example:5433/faces")
        #expect(options.description == "host=db.example port=5433 dbname=faces user=me")
    }

    @Test("Nobody listening is a connection loss")
    func unreachable() async throws {
        let connection = PostgresConnection(try PostgresOptions("host=/nonexistent user=tedi"))
        let error = await postgresError { try await connection.query("SELECT 1") }
        #expect(error?.reason == .unreachable)
        #expect(error?.isConnectionLoss == true)
        #expect(error?.isRetryable == true)
    }
}

/// Keeps log lines as "level: notice".
private final class LogSink: LogHandler, Sendable {
    let lines = Mutex<[String]>([])
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        lines.withLock { $0.append("\(event.level): \(event.metadata?["notice"]?.description ?? "")") }
    }
}
