import AsyncHTTPClient
import Foundation
import JobAPI
import JobStore
import Jobs
import NIOCore
import PrivateStack
import Redis
import TestServers
import Testing

@testable import Coordinator

@Suite("Failures in the middle of the work", .timeLimit(.minutes(15)))
struct ResilienceTests {
    /// Waits for the end of a batch and checks that every job ended once, and successfully.
    private func finish(_ batch: BatchView, at api: API, in world: World) async throws {
        try await eventually("batch \(batch.id) finished", within: .seconds(120)) {
            // While a server is down, the answer is a problem and no batch.
            let answer = try await api.send("GET", Routes.batch(batch.id))
            return try answer.status == 200 && answer.read(BatchView.self).state == .finished
        }
        #expect(try await api.batch(batch.id).counts == Counts(succeeded: batch.counts.total))
        let ended = try await world.ended()
        #expect(ended.rows == batch.counts.total)
        #expect(ended.jobs == batch.counts.total)
    }

    private func isUnderWay(_ batch: BatchView, at api: API) async throws -> Bool {
        let done = try await api.batch(batch.id).counts.succeeded
        return done > 50 && done < batch.counts.total
    }

    @Test("A coordinator that is killed is replaced, and every job ends once")
    func killedCoordinator() async throws {
        try await World.with { world in
            let first = try await RunningCoordinator.start(in: world, name: "first")
            let worker = try TestWorker("w", in: world, delay: .milliseconds(20))
            worker.start()
            let batch = try await first.api.submit(800)
            try await eventually("under way") { try await isUnderWay(batch, at: first.api) }
            await first.kill()
            let second = try await RunningCoordinator.start(in: world, name: "second")
            try await finish(batch, at: second.api, in: world)
            let status = try await second.api.get(Routes.status, as: StatusView.self)
            #expect(status.leader == StatusView.Leader(name: "second", term: 2, here: true))
            await worker.kill()
            try await second.stop()
        }
    }

    @Test("Jobs are dispatched again after PostgreSQL was set back to before the term that Redis knows")
    func setBack() async throws {
        try await World.with { world in
            let redis = try RedisConnection(RedisOptions(address: world.redis))
            try await redis.command("SET", .string("tedi:{\(world.namespace)}:term"), "57")
            await redis.close()
            try await RunningCoordinator.with(world) { coordinator in
                let worker = try TestWorker("w", in: world)
                worker.start()
                let batch = try await coordinator.api.submit(20)
                try await finish(batch, at: coordinator.api, in: world)
                await worker.kill()
                let status = try await coordinator.api.get(Routes.status, as: StatusView.self)
                #expect(status.leader?.term == 58)
            }
        }
    }

    @Test("The leader removes what writers left behind long ago, and nothing else")
    func sweeping() async throws {
        try await World.with { world in
            let folder = world.artifacts + "/objects/ab"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let now = Date()
            for (name, age) in [(".a.1.tmp", 7_200.0), (".b.1.tmp", 60), ("whole", 7_200)] {
                let made = FileManager.default.createFile(
                    atPath: "\(folder)/\(name)", contents: Data([1]),
                    attributes: [.modificationDate: now.addingTimeInterval(-age)])
                #expect(made)
            }
            try await RunningCoordinator.with(world) { _ in
                try await eventually("the old temporary is gone") {
                    !FileManager.default.fileExists(atPath: folder + "/.a.1.tmp")
                }
            }
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder)) == [".b.1.tmp", "whole"])
        }
    }

    @Test("Redis loses everything in the middle of a batch, and every job ends once")
    func flushedRedis() async throws {
        let servers = TestServers.shared
        try await servers.withDatabase { conninfo in
            try await servers.withDedicatedRedis { redis in
                try await servers.withFolder { folder in
                    let bare = World(conninfo: conninfo, redis: redis.address, namespace: "t", artifacts: folder)
                    try await bare.prepared { world in
                        try await RunningCoordinator.with(world) { coordinator in
                            let worker = try TestWorker("w", in: world, delay: .milliseconds(20))
                            worker.start()
                            let batch = try await coordinator.api.submit(800)
                            try await eventually("under way") {
                                try await isUnderWay(batch, at: coordinator.api)
                            }
                            try await RedisConnection(RedisOptions(address: world.redis)).command("FLUSHALL")
                            try await finish(batch, at: coordinator.api, in: world)
                            await worker.kill()
                        }
                    }
                }
            }
        }
    }

    @Test("Redis goes away and comes back empty")
    func crashedRedis() async throws {
        let servers = TestServers.shared
        try await servers.withDatabase { conninfo in
            try await servers.withDedicatedRedis(isDurable: false) { redis in
                try await servers.withFolder { folder in
                    let bare = World(conninfo: conninfo, redis: redis.address, namespace: "t", artifacts: folder)
                    try await bare.prepared { world in
                        try await RunningCoordinator.with(world) { coordinator in
                            let api = coordinator.api
                            let worker = try TestWorker("w", in: world, delay: .milliseconds(20))
                            worker.start()
                            let batch = try await api.submit(400)
                            try await eventually("under way") { try await isUnderWay(batch, at: api) }
                            await redis.crash()
                            // Batches are taken and shown without Redis; only the way to the workers is cut.
                            let meanwhile = try await api.submit(3, name: "meanwhile")
                            #expect(meanwhile.counts.total == 3)
                            #expect(try await api.send("GET", Routes.readiness).status == 503)
                            let status = try await api.send("GET", Routes.status)
                            #expect(try status.problem.code == .unavailable)
                            try await redis.start()
                            try await eventually("all finished", within: .seconds(120)) {
                                let states = try await [api.batch(batch.id).state, api.batch(meanwhile.id).state]
                                return states == [.finished, .finished]
                            }
                            let ended = try await world.ended()
                            #expect(ended.rows == 403)
                            #expect(ended.jobs == 403)
                            await worker.kill()
                        }
                    }
                }
            }
        }
    }

    @Test("PostgreSQL crashes in the middle of a batch; facts wait, and every job ends once")
    func crashedPostgres() async throws {
        let servers = TestServers.shared
        try await servers.withDedicatedPostgres { postgres in
            try await servers.withRedisNamespace { redis, namespace in
                try await servers.withFolder { folder in
                    let bare = World(
                        conninfo: postgres.conninfo(database: "postgres"), redis: redis, namespace: namespace,
                        artifacts: folder)
                    try await bare.prepared { world in
                        try await RunningCoordinator.with(world) { coordinator in
                            let api = coordinator.api
                            let worker = try TestWorker("w", in: world, delay: .milliseconds(20))
                            worker.start()
                            let batch = try await api.submit(800)
                            try await eventually("under way") { try await isUnderWay(batch, at: api) }
                            await postgres.crash()
                            let down = try await api.send("GET", Routes.batch(batch.id))
                            #expect(down.status == 503)
                            #expect(try down.problem.code == .unavailable)
                            #expect(down.headers["retry-after"] == "1")
                            try await postgres.start()
                            try await finish(batch, at: api, in: world)
                            await worker.kill()
                        }
                    }
                }
            }
        }
    }

    @Test("Of two coordinators one leads, and the other takes over")
    func twoCoordinators() async throws {
        try await World.with { world in
            let first = try await RunningCoordinator.start(in: world, name: "first")
            try await eventually("first leads") { first.coordinator.leadership.term != nil }
            let second = try await RunningCoordinator.start(in: world, name: "second")
            let worker = try TestWorker("w", in: world, delay: .milliseconds(20))
            worker.start()
            // Sent to the one that does not lead: it takes the batch, the leader runs it.
            let batch = try await second.api.submit(600)
            try await eventually("under way") { try await isUnderWay(batch, at: second.api) }
            #expect(second.coordinator.leadership.term == nil)
            let status = try await second.api.get(Routes.status, as: StatusView.self)
            #expect(status.leader == StatusView.Leader(name: "first", term: 1, here: false))

            // An orderly end gives the leadership up: no waiting for a lease to run out.
            try await first.stop()
            let stopped = ContinuousClock.now
            try await eventually("second leads") { second.coordinator.leadership.term != nil }
            #expect(ContinuousClock.now - stopped < .seconds(4))
            try await finish(batch, at: second.api, in: world)
            await worker.kill()
            try await second.stop()
        }
    }

    @Test("The jobs of a worker that went away go to another one")
    func lostWorker() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let lost = try TestWorker("lost", in: world)
                try await lost.register()
                let batch = try await coordinator.api.submit(20)
                var taken: [DispatchedJob] = []
                try await eventually("claimed") {
                    taken = try await lost.claim(8)
                    return !taken.isEmpty
                }
                try await eventually("running") {
                    try await coordinator.api.batch(batch.id).counts.running == taken.count
                }
                let worker = try TestWorker("w", in: world)
                worker.start()
                try await finish(batch, at: coordinator.api, in: world)
                // The lost worker comes back and reports: its lease is not its own any more.
                let accepted = try await lost.finish(taken, TestWorker.result)
                #expect(accepted.allSatisfy { !$0 })
                #expect(try await world.ended().rows == 20)
                await worker.kill()
            }
        }
    }

    @Test("A failure that may pass is tried again, one that will not says why")
    func failures() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let worker = try TestWorker("w", in: world)
                try await worker.register()
                let batch = try await api.submit(2)
                try await eventually("finished") {
                    let jobs = try await worker.claim(8)
                    _ = try await worker.finish(jobs) { job in
                        let isSecond = (try? JobRequest(decoding: job.payload))?.caption.hasSuffix("1") == true
                        guard !isSecond || job.attempt == 1 else { return TestWorker.result(job) }
                        return .failed(JobFailure(code: "model_error", message: "no face", retryable: isSecond))
                    }
                    return try await api.batch(batch.id).state == .finished
                }
                #expect(try await api.batch(batch.id).counts == Counts(succeeded: 1, failed: 1))
                let failed = try await api.get(Routes.jobs(of: batch.id, state: .failed), as: JobPage.self).jobs
                #expect(failed.map(\.line) == [1])
                #expect(failed.first?.failure == JobView.Failure(code: "model_error", message: "no face"))
                let done = try await api.get(Routes.jobs(of: batch.id, state: .succeeded), as: JobPage.self).jobs
                #expect(done.map(\.attempts) == [2])
            }
        }
    }

    @Test("On shutdown an upload under way is finished, and nothing new is accepted")
    func drain() async throws {
        try await World.with { world in
            let coordinator = try await RunningCoordinator.start(in: world)
            try await eventually("leads") { coordinator.coordinator.leadership.term != nil }
            let batch = try await coordinator.api.createBatch()
            let (chunks, source) = AsyncStream.makeStream(of: ByteBuffer.self)
            source.yield(ByteBuffer(bytes: API.lines(0..<11_000)))
            let api = coordinator.api
            async let upload = api.send(
                "PUT", Routes.items(of: batch.id), body: .stream(chunks, length: .unknown),
                headers: ["content-type": Routes.itemsContentType])
            try await eventually("upload under way") { try await api.batch(batch.id).items > 0 }
            async let stopped: Void = coordinator.stop()
            try await eventually("accepts nothing new") {
                do {
                    _ = try await HTTPClient.shared.execute(
                        HTTPClientRequest(url: api.base + Routes.health), timeout: .seconds(5))
                    return false
                } catch {
                    return true
                }
            }
            source.yield(ByteBuffer(bytes: API.lines(11_000..<11_010)))
            source.finish()
            #expect(try await upload.read(UploadReceipt.self).received == 11_010)
            try await stopped
            #expect(try await world.store().leader()?.isCurrent == false)
            #expect(try await world.store().batch(BatchID(batch.id)).items == 11_010)
        }
    }
}
