import Foundation
import JobAPI
import JobDispatch
import JobStore
import Jobs
import Postgres
import Testing

@testable import Coordinator

@Suite("When batches run and how long they are kept", .timeLimit(.minutes(15)))
struct ScheduleTests {
    /// Claims until there are so many jobs.
    private static func claim(_ count: Int, by worker: TestWorker) async throws -> [DispatchedJob] {
        var jobs: [DispatchedJob] = []
        try await eventually("\(count) jobs are claimed") {
            let more = try await worker.claimIfAny(count - jobs.count)
            jobs += more
            return jobs.count >= count
        }
        return jobs
    }

    @Test("A batch with a later start is not handed out before, and is after")
    func start() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let (api, worker) = (coordinator.api, try TestWorker("w", in: world))
                let delayed = try await api.submitAtOnce(2, name: "delayed", startAt: Date(timeIntervalSinceNow: 3_600))
                // Later by its number, and so handed out first only where the other one has to wait.
                let plain = try await api.submitAtOnce(2, name: "plain")
                let first = try await Self.claim(2, by: worker)
                #expect(first.allSatisfy { $0.batch.rawValue == plain.id })
                _ = try await worker.finish(first, TestWorker.result)
                try await eventually("the other one is over") { try await api.batch(plain.id).state == .finished }
                let waiting = try await api.batch(delayed.id)
                #expect(waiting.state == .sealed && waiting.counts == Counts(queued: 2))
                #expect(waiting.waiting?.code == .notYet)
                #expect(try await world.store().batch(BatchID(delayed.id)).counts == BatchCounts(queued: 2))

                try await world.change("start_at = clock_timestamp()", ofBatch: delayed.id)
                let second = try await Self.claim(2, by: worker)
                #expect(second.allSatisfy { $0.batch.rawValue == delayed.id })
                _ = try await worker.finish(second, TestWorker.result)
                try await eventually("it is over") { try await api.batch(delayed.id).state == .finished }

                // The same by the clock; the timestamp of the request has milliseconds.
                let moment = Date(timeIntervalSinceNow: 2)
                let soon = try await api.submitAtOnce(1, name: "soon", startAt: moment)
                let third = try await Self.claim(1, by: worker)
                #expect(Date() > moment.addingTimeInterval(-0.01))
                #expect(third.map(\.batch.rawValue) == [soon.id])
            }
        }
    }

    /// Waits until so many jobs wait in Redis, and none is on its way there or back.
    private static func waitUntilInRedis(_ count: Int, _ world: World) async throws {
        let pool = PostgresPool(try PostgresOptions(world.conninfo), size: 1)
        let (store, dispatch) = (try world.store(), try world.dispatch())
        try await eventually("\(count) jobs wait in Redis") {
            let recalls = try await pool.query("SELECT count(*) FROM batch WHERE recall")[0].int(0)
            let leases = try await store.liveLeases(limit: 1_000)
            guard recalls == 0, leases.count == count else { return false }
            return try await dispatch.reconcile(leases).unknown.isEmpty
        }
        await dispatch.close()
        await pool.shutdown()
    }

    @Test("A priority that is changed counts for what is handed out next, and for what waits in Redis")
    func priority() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let (api, worker) = (coordinator.api, try TestWorker("w", in: world))
                let first = try await api.submitAtOnce(5, name: "first")
                try await Self.waitUntilInRedis(5, world)
                let second = try await api.submitAtOnce(5, name: "second")
                try await Self.waitUntilInRedis(10, world)

                let answer = try await api.post(Routes.priority(of: second.id), json: #"{"priority": 50}"#)
                #expect(answer.status == 200)
                #expect(try answer.read(BatchView.self).priority == 50)
                try await Self.waitUntilInRedis(10, world)
                let order = try await Self.claim(10, by: worker).map(\.batch.rawValue)
                #expect(order == Array(repeating: second.id, count: 5) + Array(repeating: first.id, count: 5))

                let large = try await api.post(Routes.priority(of: first.id), json: #"{"priority": 101}"#)
                #expect(large.status == 422)
                #expect(try large.problem.code == .badBatch)
                #expect(try await api.batch(first.id).priority == 0)
                let absent = try await api.post(Routes.priority(of: 999_999), json: #"{"priority": 1}"#)
                #expect(absent.status == 404)
            }
        }
    }

    @Test("A batch that was over for longer than batches are kept is gone, and no other is")
    func retention() async throws {
        try await World.with { world in
            let worker = try TestWorker("w", in: world)
            worker.start()
            // The first coordinator keeps everything; the second looks for what is too old as soon as it leads.
            let (old, young, waiting) = try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let old = try await api.submitAtOnce(2, name: "old").id
                let young = try await api.submitAtOnce(2, name: "young").id
                for id in [old, young] {
                    try await eventually("batch \(id) is over") { try await api.batch(id).state == .finished }
                }
                await worker.kill()
                return (old, young, try await api.submitAtOnce(2, name: "waiting").id)
            }
            for id in [old, waiting] {
                // One that is not over has no end that could be long ago.
                let times = ["created_at", "sealed_at", "finished_at"]
                    .map { "\($0) = \($0) - interval '2 days'" }
                try await world.change(times.joined(separator: ", "), ofBatch: id)
            }
            var configuration = world.configuration(name: "two")
            configuration.retention = .seconds(86_400)
            let second = try await RunningCoordinator.start(configuration)
            do {
                let api = second.api
                try await eventually("the old batch is gone") {
                    try await api.send("GET", Routes.batch(old)).status == 404
                }
                #expect(try await api.send("GET", Routes.batch(old)).problem.code == .notFound)
                #expect(try await api.send("GET", Routes.jobs(of: old)).status == 404)
                let rest = try await api.get(Routes.batches, as: BatchPage.self).batches
                #expect(rest.map(\.id) == [waiting, young])
                #expect(rest.map(\.counts.total) == [2, 2])
                #expect(try await api.get(Routes.jobs(of: young), as: JobPage.self).jobs.count == 2)
                try await second.stop()
            } catch {
                await second.kill()
                throw error
            }
        }
    }
}
