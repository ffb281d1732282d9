import Foundation
import JobDispatch
import Jobs
import PrivateStack
import Redis
import TestServers
import Testing

/// The users of `Deploy/redis.acl`, on a server that knows nobody else.
@Suite("Access lists of Redis", .timeLimit(.minutes(15))) struct AccessListTests {
    private static let term = Term(1)
    private static let lane = Lane(
        id: LaneID(7), pool: WorkerAnnouncement.defaultPool, kind: JobKind.generate.rawValue,
        modelDigest: String(repeating: "a", count: 64), band: .bulk)
    private static let worker = WorkerName(sanitizing: "w")
    private static let announcement = WorkerAnnouncement(
        name: worker, host: "h", version: "1", device: "cpu", capacity: 4,
        models: [AnnouncedModel(name: "m", digest: lane.modelDigest, resolution: 64, layers: 10, vocabulary: ["a"])])

    private static func with(
        _ body: @Sendable (_ coordinator: RedisOptions, _ worker: RedisOptions) async throws -> Void
    ) async throws {
        try await TestServers.shared.withDedicatedRedis(isDurable: false) { server in
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            let text = try String(contentsOf: root.appending(path: "Deploy/redis.acl"), encoding: .utf8)
            let admin = RedisConnection(try RedisOptions(address: server.address))
            for line in text.split(separator: "\n") {
                // As the server reads its file, but for the password, and for the user that the test's server needs.
                var words = line.split(separator: " ").dropFirst().map(String.init)
                guard words[0] != "default" else { continue }
                words = words.map { $0.hasPrefix("#") ? ">" + words[0] : $0 }
                try await admin.command(["ACL", "SETUSER"] + words.map { RedisArgument.string($0) })
            }
            await admin.close()
            try await body(
                try RedisOptions(
                    address: server.address, username: "tedi-coordinator", password: "tedi-coordinator"),
                try RedisOptions(address: server.address, username: "tedi-worker", password: "tedi-worker"))
        }
    }

    @Test("A coordinator and a worker do all that they have to with their own rights")
    func work() async throws {
        try await Self.with { coordinatorOptions, workerOptions in
            let lease = Duration.seconds(3)
            let configuration = DispatchConfiguration(namespace: "acl", lease: lease, beat: lease / 4)
            let coordinator = JobDispatch(coordinatorOptions, configuration: configuration)
            let worker = JobDispatch(workerOptions, configuration: configuration)
            #expect(try await coordinator.assume(Self.term))
            try await worker.register(Self.announcement)
            try await coordinator.publish([Self.lane])
            try await coordinator.publish([Self.worker: .quiet])
            #expect(try await coordinator.workers().map(\.announcement) == [Self.announcement])
            let lanes = try await worker.lanes(pool: Self.lane.pool, models: Self.announcement.models).map(\.id)
            #expect(lanes == [Self.lane.id])

            let jobs = (1...6).map { Self.job($0) }
            #expect(try await coordinator.push(jobs, term: Self.term).pushed == 6)
            #expect(try await coordinator.depths(of: lanes) == [Self.lane.id: 6])
            #expect(try await worker.waitForWork(in: lanes, timeout: .seconds(1)))
            let claimed = try await worker.claim(4, from: lanes, by: Self.worker).map(\.lease)
            #expect(claimed.count == 4)
            #expect(try await coordinator.recall([jobs[4].lease], term: Self.term) == [jobs[4].lease])
            #expect(try await coordinator.cancel([jobs[5].lease]) == 1)
            try await worker.begin(claimed, by: Self.worker)
            #expect(try await worker.beat(claimed, by: Self.worker, urgent: lanes).answers.count == 4)
            _ = try await worker.report(
                [(claimed[0], .progress(JobProgress(step: 1, total: 2)))], by: Self.worker)
            let results = Array(claimed.dropLast())
            #expect(
                try await worker.finish(results.map { ($0, .snoozed(.zero)) }, by: Self.worker) == [true, true, true])
            #expect(try await coordinator.claimedCount() == 1)
            #expect(try await coordinator.claimedLeases(limit: 9) == [claimed[3]])
            #expect(try await coordinator.owners(of: [claimed[3].job]) == [claimed[3].job: Self.worker])
            #expect(try await coordinator.claimed(of: [BatchID(1)]).count == 1)
            #expect(try await coordinator.reconcile(jobs.map(\.lease)).unknown.count == 5)
            #expect(try await coordinator.term() == Self.term)
            #expect(try await !coordinator.incarnation().isEmpty)
            var reaped = 0
            for _ in 0..<3_000 where reaped == 0 {
                reaped = try await coordinator.reap(term: Self.term)
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(reaped == 1)
            // Of four jobs that they began, of one how far it is, of three that they are given back, of one that it is lost.
            var facts: [Fact] = []
            while true {
                let group = try await coordinator.facts(wait: .milliseconds(1))
                if group.isEmpty { break }
                facts += group.facts
                try await coordinator.acknowledge(group)
            }
            #expect(facts.count == 9)
            #expect(try await coordinator.isRecorded(upTo: "+"))
            #expect(try await coordinator.factCount() == 0)

            // What was recalled and called off leaves the lane with the next claim; until then there is something to
            // wake for.
            #expect(try await worker.claim(4, from: lanes, by: Self.worker).isEmpty)
            let waiting = Task { try await worker.waitForWork(in: lanes, timeout: .seconds(60)) }
            await worker.interruptWait()
            #expect(try await !waiting.value)
            try await worker.unregister(Self.worker)
            for dispatch in [coordinator, worker] { await dispatch.close() }
        }
    }

    @Test("Neither may do harm, nor touch other keys", arguments: [0, 1])
    func refusals(user: Int) async throws {
        try await Self.with { coordinator, worker in
            let connection = RedisConnection(user == 0 ? coordinator : worker)
            let forbidden: [[RedisArgument]] = [
                ["FLUSHALL"], ["FLUSHDB"], ["KEYS", "*"], ["SCAN", "0"], ["CONFIG", "GET", "*"], ["ACL", "LIST"],
                ["SHUTDOWN", "NOSAVE"], ["DEBUG", "SLEEP", "0"], ["MONITOR"], ["REPLICAOF", "NO", "ONE"],
                ["CLIENT", "LIST"], ["CLIENT", "KILL", "TYPE", "normal"], ["SCRIPT", "FLUSH"], ["MODULE", "LIST"],
                ["HSET", "other", "a", "1"], ["DEL", "tedi:x"],
                ["EVAL", "return redis.call('FLUSHALL')", "0"],
                ["EVAL", "return redis.call('HGET', 'other', 'a')", "0"],
            ]
            for command in forbidden {
                let error = await #expect(throws: RedisError.self) { try await connection.command(command) }
                let message = error?.message ?? ""
                // Redis refuses a script's command in words of its own, and DEBUG and MODULE to everybody, as set up.
                let isRefused = ["NOPERM", "can't run this command", "can't access", "permission", "not allowed"]
                    .contains(where: message.contains)
                #expect(isRefused, "\(command): \(message)")
            }
            try await connection.command("PING")
            await connection.close()
        }
    }

    @Test("Whoever has the wrong password gets nothing, and no error names it")
    func passwords() async throws {
        try await Self.with { _, worker in
            var options = worker
            options.password = "secret-that-is-wrong"
            let connection = RedisConnection(options)
            let error = await #expect(throws: RedisError.self) { try await connection.command("PING") }
            #expect(error?.isAccessDenied == true)
            #expect(error?.message.contains("secret-that-is-wrong") == false)
            await connection.close()
        }
    }

    private static func job(_ id: Int64) -> DispatchedJob {
        DispatchedJob(
            lease: Lease(job: JobID(id), epoch: Epoch(id + 100)), batch: BatchID(1), lane: lane.id, attempt: 1,
            crashes: 0, payload: Array("{}".utf8))
    }
}
