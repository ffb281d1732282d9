import Client
import Foundation
import JobAPI
import JobDispatch
import Jobs
import Logging
import Redis
import Testing
import WorkerRuntime

@testable import Coordinator

/// A way of workers to their jobs.
enum Way: String, CaseIterable, Sendable {
    case redis, http
}

/// What a worker may rely on, whichever way it gets its jobs.
@Suite("Both ways to the queue keep the same promises")
struct WorkQueueTests {
    /// As everywhere: long against the pauses of a busy machine.
    private static let lease = Duration.seconds(12)
    private static let failure = JobFailure(code: "broken", message: "it broke", retryable: true, retryAfter: .zero)

    /// A coordinator of one of the two kinds, and the way to its queue.
    private struct Place: Sendable {
        let world: World
        let api: API
        let queue: any WorkQueue
        let client: TediClient

        func join(_ name: String) async throws -> WorkerName {
            try await queue.register(TestWorker.announcement(name))
            return WorkerName(sanitizing: name)
        }

        var lanes: [LaneID] {
            get async throws {
                try await queue.lanes(
                    pool: WorkerAnnouncement.defaultPool, models: TestWorker.announcement("w").models
                ).map(\.id)
            }
        }

        /// Claims until there is something, as a worker does.
        func claim(_ limit: Int, by worker: WorkerName) async throws -> [DispatchedJob] {
            var jobs: [DispatchedJob] = []
            try await eventually("there is something to claim") {
                do {
                    jobs = try await queue.claim(from: try await lanes.map { ($0, limit) }, by: worker)
                } catch let error as DispatchError where error.isRetryable {
                    // A leader that was held up for long puts Redis right first.
                    return false
                }
                return !jobs.isEmpty
            }
            return jobs
        }

        func finish(_ job: DispatchedJob, by worker: WorkerName) async throws -> Bool {
            try await queue.finish([(job.lease, TestWorker.result(job))], by: worker) == [true]
        }

        func isFinished(_ batch: Int64) async throws -> Bool { try await api.batch(batch).state == .finished }
    }

    private func with(_ way: Way, _ body: @Sendable (Place) async throws -> Void) async throws {
        try await World.with { world in
            var configuration = world.configuration(name: "one")
            configuration.lease = Self.lease
            if way == .http { configuration.redis = nil }
            let coordinator = try await RunningCoordinator.start(configuration)
            do {
                try await TediClient.connected(to: coordinator.api.base) { client in
                    let queue: any WorkQueue =
                        switch way {
                        case .http: HTTPQueue(client, lease: Self.lease)
                        case .redis:
                            JobDispatch(
                                try RedisOptions(address: world.redis),
                                configuration: DispatchConfiguration(namespace: world.namespace, lease: Self.lease),
                                logger: Logger(label: "test.worker"))
                        }
                    try await body(Place(world: world, api: coordinator.api, queue: queue, client: client))
                    await queue.close()
                }
                try await coordinator.stop()
            } catch {
                await coordinator.kill()
                throw error
            }
        }
    }

    @Test("A worker that beats is known, and hears the order of an operator", arguments: Way.allCases)
    func orders(_ way: Way) async throws {
        try await with(way) { place in
            #expect(try await !place.queue.beat([], by: WorkerName(sanitizing: "stranger"), urgent: []).isRegistered)
            let worker = try await place.join("w1")
            #expect(try await place.queue.beat([], by: worker, urgent: []).isRegistered)
            try await eventually("the coordinator lists the worker") {
                try await place.client.workers().contains { $0.name == "w1" }
            }
            for order in [WorkerOrder.quiet, .drain, .work] {
                _ = try await place.client.order(order.name, worker: "w1")
                try await eventually("the worker hears “\(order.name)”") {
                    try await place.queue.beat([], by: worker, urgent: []).order == order
                }
            }
        }
    }

    @Test("A worker that fell silent is told of as last heard, however late the coordinator looks")
    func silent() async throws {
        try await World.with { world in
            let worker = TestWorker.announcement("gone")
            try await world.dispatch().register(worker)
            let before = Date()
            let connection = RedisConnection(try RedisOptions(address: world.redis))
            let beat = Int64((before.timeIntervalSince1970 - 6) * 1_000)
            try await connection.command(
                "ZADD", .string("tedi:{\(world.namespace)}:workers"), .int(beat), .string("gone"))
            await connection.close()
            let coordinator = try await RunningCoordinator.start(world.configuration(name: "one"))
            do {
                try await TediClient.connected(to: coordinator.api.base) { client in
                    try await eventually("the coordinator lists the worker") {
                        try await client.workers().contains { $0.name == "gone" }
                    }
                    let seen = try #require(try await client.workers().first { $0.name == "gone" }).seenAt
                    #expect(seen < before - 5)
                }
                try await coordinator.stop()
            } catch {
                await coordinator.kill()
                throw error
            }
        }
    }

    @Test("No job is claimed twice, however many claim", .timeLimit(.minutes(15)), arguments: Way.allCases)
    func claims(_ way: Way) async throws {
        try await with(way) { place in
            let batch = try await place.api.submit(200).id
            let claimed = try await withThrowingTaskGroup(of: [DispatchedJob].self) { group in
                for number in 0..<4 {
                    group.addTask {
                        let worker = try await place.join("w\(number)")
                        var mine: [DispatchedJob] = []
                        while try await !place.isFinished(batch) {
                            let jobs = try await place.queue.claim(
                                from: try await place.lanes.map { ($0, 7) }, by: worker)
                            #expect(jobs.count <= 7)
                            let ends = try await place.queue.finish(
                                jobs.map { ($0.lease, TestWorker.result($0)) }, by: worker)
                            #expect(ends == jobs.map { _ in true })
                            if jobs.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
                            mine += jobs
                        }
                        return mine
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.count == 200)
            #expect(Set(claimed.map(\.lease.job)).count == 200)
            for job in claimed {
                #expect(job.batch.rawValue == batch && job.attempt == 1 && job.crashes == 0 && job.checkpoint == nil)
            }
        }
    }

    @Test("An execution ends once, and only by its own epoch", arguments: Way.allCases)
    func ends(_ way: Way) async throws {
        try await with(way) { place in
            let batch = try await place.api.submit(1).id
            let worker = try await place.join("w1")
            let job = try await place.claim(4, by: worker)[0]
            // Which workers there are the coordinator hears with the next round of its leader, later than the claim.
            try await eventually("the coordinator lists the worker") {
                try await place.client.workers().contains { $0.name == worker.rawValue }
            }
            #expect(try await place.client.worker(worker.rawValue).jobs == [job.lease.job.rawValue])
            let stale = Lease(job: job.lease.job, epoch: Epoch(job.lease.epoch.rawValue - 1))
            #expect(try await place.queue.finish([(stale, TestWorker.result(job))], by: worker) == [false])
            #expect(try await place.finish(job, by: worker))
            #expect(try await !place.finish(job, by: worker))
            try await eventually("the batch is over") { try await place.isFinished(batch) }
            #expect(try await place.world.ended() == (1, 1))
            #expect(try await place.queue.beat([job.lease], by: worker, urgent: []).lost == [job.lease])
        }
    }

    @Test(
        "Who beats keeps a job beyond the lease; who is silent loses it", .timeLimit(.minutes(15)),
        arguments: Way.allCases)
    func leases(_ way: Way) async throws {
        try await with(way) { place in
            _ = try await place.api.submit(2)
            let (lively, silent) = (try await place.join("lively"), try await place.join("silent"))
            let kept = try await place.claim(1, by: lively)[0]
            let lost = try await place.claim(1, by: silent)[0]
            try await place.queue.begin([kept.lease], by: lively)
            try await place.queue.begin([lost.lease], by: silent)
            let start = ContinuousClock.now
            var again: DispatchedJob?
            while again == nil {
                try #require(ContinuousClock.now - start < .seconds(120), "nobody took the silent worker's job")
                let report = try await place.queue.beat([kept.lease], by: lively, urgent: [])
                #expect(report.answers[kept.lease] == .held)
                again = try await place.queue.claim(from: try await place.lanes.map { ($0, 4) }, by: lively).first
                try await Task.sleep(for: .milliseconds(200))
            }
            let taken = try #require(again)
            #expect(taken.lease.job == lost.lease.job && taken.lease.epoch > lost.lease.epoch)
            #expect(taken.crashes == 1 && taken.attempt == lost.attempt)
            #expect(try await place.queue.beat([lost.lease], by: silent, urgent: []).lost == [lost.lease])
            #expect(try await !place.finish(lost, by: silent))
            #expect(try await place.finish(taken, by: lively))
            #expect(try await place.finish(kept, by: lively))
        }
    }

    @Test("A job that fails is tried again, one that is put off is not charged for it", arguments: Way.allCases)
    func retries(_ way: Way) async throws {
        try await with(way) { place in
            let batch = try await place.api.submit(1).id
            let worker = try await place.join("w1")
            let first = try await place.claim(1, by: worker)[0]
            #expect(try await place.queue.finish([(first.lease, .snoozed(.milliseconds(10)))], by: worker) == [true])
            let second = try await place.claim(1, by: worker)[0]
            #expect(second.attempt == 1 && second.lease.epoch > first.lease.epoch)
            #expect(try await place.queue.finish([(second.lease, .failed(Self.failure))], by: worker) == [true])
            let third = try await place.claim(1, by: worker)[0]
            #expect(third.attempt == 2 && third.crashes == 0 && third.lease.epoch > second.lease.epoch)
            #expect(try await place.finish(third, by: worker))
            try await eventually("the batch is over") { try await place.isFinished(batch) }
            #expect(try await place.api.batch(batch).counts.succeeded == 1)
        }
    }

    @Test("The next execution gets the last checkpoint", arguments: Way.allCases)
    func checkpoints(_ way: Way) async throws {
        try await with(way) { place in
            _ = try await place.api.submit(1)
            let worker = try await place.join("w1")
            let first = try await place.claim(1, by: worker)[0]
            let digest = TestWorker.hex(77)
            let progress = JobProgress(step: 5, total: 9, checkpoint: digest)
            #expect(try await place.queue.report([(first.lease, .progress(progress))], by: worker) == [true])
            #expect(try await place.queue.finish([(first.lease, .snoozed(.zero))], by: worker) == [true])
            let second = try await place.claim(1, by: worker)[0]
            #expect(second.checkpoint == Checkpoint(step: 5, digest: digest))
            #expect(try await place.queue.report([(first.lease, .progress(progress))], by: worker) == [false])
        }
    }

    @Test("A beat tells of a job that was called off", arguments: Way.allCases)
    func cancelled(_ way: Way) async throws {
        try await with(way) { place in
            let batch = try await place.api.submit(1).id
            let worker = try await place.join("w1")
            let job = try await place.claim(1, by: worker)[0]
            _ = try await place.client.cancel(batch: batch)
            try await eventually("the beat tells of it") {
                try await place.queue.beat([job.lease], by: worker, urgent: []).answers[job.lease] != .held
            }
            // Whether the report is taken or not, PostgreSQL has ended the job already.
            _ = try await place.finish(job, by: worker)
            try await eventually("the batch is over") { try await place.api.batch(batch).state == .cancelled }
            #expect(try await place.api.batch(batch).counts.cancelled == 1)
        }
    }

    @Test("A wait ends when there is work, when the time is up, and when it is interrupted", arguments: Way.allCases)
    func waits(_ way: Way) async throws {
        try await with(way) { place in
            let worker = try await place.join("w1")
            let batch = try await place.api.submit(1).id
            #expect(try await place.finish(try await place.claim(1, by: worker)[0], by: worker))
            try await eventually("the batch is over") { try await place.isFinished(batch) }
            let lanes = try await place.lanes
            // A hint may be left of the job that is done.
            _ = try await place.queue.waitForWork(in: lanes, timeout: .milliseconds(50))
            let start = ContinuousClock.now
            #expect(try await !place.queue.waitForWork(in: lanes, timeout: .milliseconds(300)))
            #expect(ContinuousClock.now - start >= .milliseconds(250))
            async let hint = place.queue.waitForWork(in: lanes, timeout: .seconds(30))
            _ = try await place.api.submit(1)
            #expect(try await hint)
            #expect(try await place.finish(try await place.claim(1, by: worker)[0], by: worker))
            await place.queue.interruptWait()
            let interrupted = ContinuousClock.now
            #expect(try await !place.queue.waitForWork(in: lanes, timeout: .seconds(30)))
            #expect(ContinuousClock.now - interrupted < .seconds(5))
        }
    }
}
