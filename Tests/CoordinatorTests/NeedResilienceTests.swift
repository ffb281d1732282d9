import JobAPI
import Jobs
import PrivateStack
import Redis
import TestServers
import Testing

@testable import Coordinator

@Suite("Failures in the middle of chains", .timeLimit(.minutes(15)))
struct NeedResilienceTests {
    /// Ten chains of so many lines each, side by side.
    private static func lines(_ length: Int) -> [UInt8] {
        let lines = (0..<10 * length).map { line in
            line < 10
                ? "{\"caption\": \"a man\"}" : "{\"caption\": \"a man\", \"sketch\": \"line:\(line - 9)\"}"
        }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    private static func submit(_ length: Int, to api: API) async throws -> BatchView {
        let batch = try await api.createBatch(name: "chains")
        _ = try await api.upload(lines(length), to: batch.id).read(UploadReceipt.self)
        return try await api.send("POST", Routes.seal(batch.id)).read(BatchView.self)
    }

    private static func finish(_ batch: BatchView, at api: API, in world: World) async throws {
        try await eventually("the chains are done", within: .seconds(120)) {
            let answer = try await api.send("GET", Routes.batch(batch.id))
            return try answer.status == 200 && answer.read(BatchView.self).state == .finished
        }
        #expect(try await api.batch(batch.id).counts == Counts(succeeded: batch.counts.total))
        let ended = try await world.ended()
        #expect(ended.rows == batch.counts.total && ended.jobs == batch.counts.total)
    }

    private static func isUnderWay(_ batch: BatchView, at api: API) async throws -> Bool {
        let done = try await api.batch(batch.id).counts.succeeded
        return done > 20 && done < batch.counts.total
    }

    @Test("Chains go on under another coordinator, each link once and in its order")
    func killedCoordinator() async throws {
        try await World.with { world in
            let first = try await RunningCoordinator.start(in: world, name: "first")
            let worker = try TestWorker("w", in: world)
            worker.start()
            let batch = try await Self.submit(20, to: first.api)
            try await eventually("under way") { try await Self.isUnderWay(batch, at: first.api) }
            await first.kill()
            let second = try await RunningCoordinator.start(in: world, name: "second")
            try await Self.finish(batch, at: second.api, in: world)
            let jobs = try await second.api.get(Routes.jobs(of: batch.id, limit: 1_000), as: JobPage.self).jobs
            for (place, job) in jobs.enumerated().dropFirst(10) {
                let before = jobs[place - 10]
                #expect(job.request.inputs?.sketch == "job:\(before.id)")
                let (end, start) = (try #require(job.finishedAt), try #require(before.finishedAt))
                #expect(start <= end, "a link ended before the one that it needs")
            }
            await worker.kill()
            try await second.stop()
        }
    }

    @Test("Chains go on after Redis has lost everything")
    func wipedRedis() async throws {
        try await TestServers.shared.withDatabase { conninfo in
            try await TestServers.shared.withDedicatedRedis { redis in
                try await TestServers.shared.withFolder { folder in
                    let world = World(
                        conninfo: conninfo, redis: redis.address, namespace: "chains", artifacts: folder)
                    try await world.prepared { world in
                        try await RunningCoordinator.with(world) { coordinator in
                            let worker = try TestWorker("w", in: world)
                            worker.start()
                            let batch = try await Self.submit(20, to: coordinator.api)
                            try await eventually("under way") {
                                try await Self.isUnderWay(batch, at: coordinator.api)
                            }
                            let connection = try RedisConnection(RedisOptions(address: world.redis))
                            try await connection.command("FLUSHALL")
                            await connection.close()
                            try await Self.finish(batch, at: coordinator.api, in: world)
                            await worker.kill()
                        }
                    }
                }
            }
        }
    }
}
