import Jobs
import Migrations
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

    @Test("A batch of an older schema goes on where it was")
    func upgradesInPlace() async throws {
        try await TestServers.shared.withDatabase { conninfo in
            let pool = PostgresPool(try PostgresOptions(conninfo), size: 2)
            let store = JobStore(pool: pool)
            try await pool.withConnection { connection in
                try connection.execute(
                    "CREATE TABLE migration (version integer PRIMARY KEY, name text NOT NULL, "
                        + "applied_at timestamptz NOT NULL DEFAULT clock_timestamp())")
                for step in Migrations.all where step.version <= 6 {
                    try connection.execute(step.sql)
                    try connection.execute("INSERT INTO migration (version, name) VALUES (\(step.version), 'old')")
                }
                try connection.execute(Self.oldBatch)
            }
            #expect(try await store.migrate() == MigrationReport(before: 6, after: JobStore.schemaVersion))
            let batch = try await store.batch(BatchID(1))
            #expect(batch.specification.variants == 2 && batch.specification.options.isEmpty && !batch.isGated)
            #expect(try await store.model(named: "demo").model.abilities == [.words])
            let term = try #require(try await store.acquireLeadership(holder: "test", ttl: .seconds(60)))
            let jobs = try await store.dispatch(lane: batch.lane, limit: 9, term: term)
            #expect(jobs.count == 2)
            let facts = jobs.map {
                Fact(lease: $0.lease, worker: StoreFixture.worker, event: .done(StoreFixture.result()))
            }
            #expect(try await store.record(facts, term: term).finishedBatches == [batch.id])
            await pool.shutdown()
        }
    }

    /// A sealed batch of one line and two samples.
    private static let oldBatch = """
        INSERT INTO model (digest, name, resolution, layers, vocabulary) VALUES (repeat('ab', 32), 'demo', 64, 10, '{a}');
        INSERT INTO lane (pool, kind, model) VALUES ('default', 'generate', repeat('ab', 32));
        INSERT INTO batch (name, model, digest, lane, samples, seed, priority, state, items, sealed_at)
            VALUES ('old', 'demo', repeat('ab', 32), 1, 2, 0, 0, 1, 1, clock_timestamp());
        INSERT INTO batch_count (id, ready) VALUES (1, 2);
        INSERT INTO batch_block (batch_id, base, count, next) SELECT 1, b, 2, b FROM reserve_ids(2) b;
        INSERT INTO job (id, batch_id, line, sample, payload) SELECT b.base + s, 1, 0, s,
            '{"kind":"generate","version":1,"caption":"a","seed":0,"sample":' || s || ',"model":"x"}'
            FROM batch_block b, generate_series(0, 1) s;
        """

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
