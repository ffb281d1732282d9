import Client
import JobAPI
import JobDispatch
import Jobs
import Postgres
import Testing
import WorkerRuntime

@testable import Coordinator

@Suite("Beats over HTTP", .timeLimit(.minutes(15)))
struct BeatTests {
    @Test("Submissions that take every connection do not keep workers from being heard")
    func besideUploads() async throws {
        try await World.with { world in
            var configuration = world.configuration(name: "one")
            (configuration.redis, configuration.connections) = (nil, 2)
            let coordinator = try await RunningCoordinator.start(configuration)
            do {
                let api = coordinator.api
                try await TediClient.connected(to: api.base, retries: .once) { client in
                    let queue = HTTPQueue(client, lease: .seconds(12))
                    try await queue.register(TestWorker.announcement("w"))
                    let worker = WorkerName(sanitizing: "w")
                    _ = try await api.submit(1)
                    let lanes = try await queue.lanes(
                        pool: WorkerAnnouncement.defaultPool, models: TestWorker.announcement("w").models)
                    let jobs = try await queue.claim(from: lanes.map { ($0.id, 1) }, by: worker)
                    let lease = try #require(jobs.first?.lease)

                    // Whoever makes a batch waits for this lock, with the connection in hand; all others wait behind.
                    let holder = PostgresConnection(try PostgresOptions(world.conninfo))
                    try await holder.execute("BEGIN")
                    try await holder.execute("LOCK TABLE batch IN SHARE MODE")
                    let submissions = (0..<6).map { _ in Task { try await api.createBatch() } }
                    try await eventually("the connections are taken") { try await Self.waiting(world) == 2 }
                    for _ in 0..<3 {
                        let report = try await queue.beat([lease], by: worker, urgent: [])
                        #expect(report.answers == [lease: .held] && report.isRegistered)
                    }
                    #expect(try await Self.waiting(world) == 2, "the submissions got through")
                    try await holder.execute("COMMIT")
                    await holder.close()
                    for submission in submissions { _ = try await submission.value }
                    await queue.close()
                }
                try await coordinator.stop()
            } catch {
                await coordinator.kill()
                throw error
            }
        }
    }

    /// How many wait for the lock.
    private static func waiting(_ world: World) async throws -> Int {
        let look = PostgresConnection(try PostgresOptions(world.conninfo))
        let count = try await look.query(
            """
            SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'batch'::regclass
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """)[0].int(0)
        await look.close()
        return count
    }
}
