import Postgres
import TestServers
import Testing

@testable import JobStore

@Suite("Migrating") struct MigratingTests {
    @Test func appliesEachStepOnce() async throws {
        try await TestServers.shared.withDatabase { conninfo in
            let store = JobStore(pool: PostgresPool(try PostgresOptions(conninfo), size: 4))
            #expect(await reason { try await store.checkSchema() } == .wrongSchema)
            // Several processes that start together must not disturb each other.
            let reports = try await withThrowingTaskGroup { group in
                for _ in 0..<4 { group.addTask { try await store.migrate() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(reports.count { $0.before == 0 } == 1)
            #expect(reports.allSatisfy { $0.after == JobStore.schemaVersion })
            try await store.checkSchema()
            #expect(try await store.migrate().before == JobStore.schemaVersion)
            await store.pool.shutdown()
        }
    }

    @Test func refusesANewerSchema() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.pool.execute("INSERT INTO migration (version, name) VALUES (999, 'future')")
            #expect(await reason { try await fixture.store.checkSchema() } == .wrongSchema)
            #expect(await reason { _ = try await fixture.store.migrate() } == .wrongSchema)
        }
    }

    @Test func refusesAnotherEncoding() async throws {
        try await TestServers.shared.withDatabase { conninfo in
            let admin = PostgresPool(try PostgresOptions(conninfo), size: 1)
            let name = "latin_" + conninfo.filter(\.isNumber).suffix(6)
            try await admin.execute("CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
            let other = conninfo.split(separator: " ").map { $0.hasPrefix("dbname=") ? "dbname=\(name)" : $0 }
            let store = JobStore(pool: PostgresPool(try PostgresOptions(other.joined(separator: " ")), size: 1))
            #expect(await reason { _ = try await store.migrate() } == .unsupportedServer)
            await store.pool.shutdown()
            try await admin.execute("DROP DATABASE \(name) WITH (FORCE)")
            await admin.shutdown()
        }
    }

    @Test func makesPartitionsAhead() async throws {
        try await StoreFixture.with { fixture in
            func end() async throws -> Int64 {
                try await fixture.pool.query("SELECT ensure_partitions(4999999)")[0].int64(0)
            }
            #expect(try await end() == 5_000_000)
            #expect(try await end() == 5_000_000)
            let parts = try await fixture.pool.query(
                "SELECT count(*) FROM pg_inherits WHERE inhparent = 'job'::regclass")
            #expect(try parts[0].int(0) == 6)
            // Uploads go on over the end of a partition, and nothing strays.
            try await fixture.pool.execute("SELECT setval('job_id', 2999990)")
            let batch = try await fixture.batch(lines: 20)
            let stray = try await fixture.pool.query("SELECT count(*) FROM job_stray")
            #expect(try stray[0].int(0) == 0)
            #expect(try await fixture.dispatch(100, of: batch).count == 20)
            try await fixture.audit()
        }
    }

    @Test func namesErrorsByWhatTheyMean() {
        func reason(_ state: String) -> StoreError.Reason {
            var error = PostgresError(.server, "no")
            error.sqlState = state
            return StoreError(error).reason
        }
        #expect(reason("53100") == .notWritable)
        #expect(reason("25006") == .notWritable)
        #expect(reason("53300") == .unavailable)
        #expect(reason("57P01") == .unavailable)
        #expect(reason("40P01") == .unavailable)
        #expect(reason("55P03") == .unavailable)
        #expect(reason("42P01") == .wrongSchema)
        #expect(reason("22012") == .invalidValue)
        #expect(reason("23514") == .invalidValue)
        #expect(reason("26000") == .unavailable)
        #expect(reason("XX000") == .unexpected)
        #expect(StoreError(PostgresError(.unreachable, "no")).isRetryable)
        #expect(StoreError(CancellationError()).reason == .cancelled)
    }
}
