import AsyncHTTPClient
import JobAPI
import NIOCore
import Postgres
import Testing

@Suite("Submissions with a key that meet", .timeLimit(.minutes(15)))
struct IdempotencyTests {
    private static let key = [Routes.idempotencyKeyHeader: "k"]

    /// Waits until somebody who makes a batch is held up.
    private static func waitUntilHeldUp(_ world: World) async throws {
        let pool = PostgresPool(try PostgresOptions(world.conninfo), size: 1)
        try await eventually("a submission is held up") {
            try await pool.query(
                """
                SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'RowExclusiveLock'
                    AND relation = 'batch'::regclass
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """)[0].int(0) > 0
        }
        await pool.shutdown()
    }

    @Test(
        "While one is under way another is told so, and later gets its answer",
        arguments: [
            #"{"name": "n", "model": "demo", "samples": 2}"#,
            #"{"name": "n", "model": "demo", "items": [{"caption": "a man with beard"}]}"#,
        ])
    func underWay(_ json: String) async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                // Whoever makes a batch stops in the middle of it, with the key in hand.
                let holder = PostgresConnection(try PostgresOptions(world.conninfo))
                try await holder.execute("BEGIN")
                try await holder.execute("LOCK TABLE batch IN SHARE MODE")
                async let first = api.post(Routes.batches, json: json, headers: Self.key)
                try await Self.waitUntilHeldUp(world)
                let second = try await api.post(Routes.batches, json: json, headers: Self.key)
                #expect(second.status == 409)
                let problem = try second.problem
                #expect(problem.code == .idempotencyConflict)
                #expect(problem.type == "urn:tedi:problem:idempotency_conflict")
                #expect(problem.detail.contains("under way"), "\(problem.detail)")
                try await holder.execute("COMMIT")
                await holder.close()

                let made = try await first
                #expect(made.status == 201 && made.headers["idempotency-replayed"] == nil)
                let again = try await api.post(Routes.batches, json: json, headers: Self.key)
                #expect(again.status == 201 && again.headers["idempotency-replayed"] == "true")
                #expect(again.headers["location"] == made.headers["location"])
                #expect(try again.read(BatchView.self).id == made.read(BatchView.self).id)
                #expect(try await api.get(Routes.batches, as: BatchPage.self).batches.count == 1)
            }
        }
    }

    @Test("One whose body comes slowly keeps nobody out, and finds the batch that another one made")
    func slowBody() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let (chunks, source) = AsyncStream.makeStream(of: ByteBuffer.self)
                source.yield(ByteBuffer(string: #"{"name": "n", "#))
                async let slow = api.send(
                    "POST", Routes.batches, body: .stream(chunks, length: .unknown),
                    headers: Self.key.merging(["content-type": "application/json"]) { $1 })
                let quick = try await api.post(
                    Routes.batches, json: #"{"name": "n", "model": "demo"}"#, headers: Self.key)
                #expect(quick.status == 201 && quick.headers["idempotency-replayed"] == nil)
                source.yield(ByteBuffer(string: #""model": "demo"}"#))
                source.finish()
                let late = try await slow
                #expect(late.status == 201 && late.headers["idempotency-replayed"] == "true")
                #expect(try late.read(BatchView.self).id == quick.read(BatchView.self).id)
                #expect(try await api.get(Routes.batches, as: BatchPage.self).batches.count == 1)
            }
        }
    }
}
