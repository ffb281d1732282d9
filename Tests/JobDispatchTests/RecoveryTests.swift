import JobStore
import Jobs
import Postgres
import PrivateStack
import Redis
import TestServers
import Testing

@testable import JobDispatch

/// PostgreSQL and Redis together, as the coordinator uses them.
@Suite("Recovery") struct RecoveryTests {
    private typealias Fixture = DispatchFixture

    /// A coordinator's hands: store, dispatch, and the steps between the two.
    private struct Queue: Sendable {
        let store: JobStore
        let redis: DispatchFixture
        var term: Term
        let batch: BatchRecord
        var dispatch: JobDispatch { redis.dispatch }

        static func with(
            jobs: Int, lease: Duration = .seconds(12), _ body: @Sendable (Queue) async throws -> Void
        ) async throws {
            try await TestServers.shared.withDatabase { conninfo in
                try await TestServers.shared.withDedicatedRedis(isDurable: false) { server in
                    let pool = PostgresPool(try PostgresOptions(conninfo), size: 4)
                    let store = JobStore(pool: pool)
                    let redis = try DispatchFixture(address: server.address, namespace: "t", lease: lease)
                    try await body(try await prepare(store, redis, jobs: jobs))
                    await redis.dispatch.close()
                    await pool.shutdown()
                }
            }
        }

        private static func prepare(_ store: JobStore, _ redis: DispatchFixture, jobs: Int) async throws -> Queue {
            _ = try await store.migrate()
            let digest = String(repeating: "ab", count: 32)
            let model = AnnouncedModel(name: "demo", digest: digest, resolution: 8, layers: 1, vocabulary: ["a"])
            try await store.announce([
                WorkerAnnouncement(
                    name: DispatchFixture.one, host: "", version: "", device: "", capacity: 1, models: [model])
            ])
            let term = try #require(try await store.acquireLeadership(holder: "a", ttl: .seconds(600)))
            #expect(try await redis.dispatch.assume(term))
            let id = try await store.createBatch(try BatchSpecification(name: "n", model: "demo")).batch.id
            let items = try (0..<jobs).map { try CaptionItem(caption: "face \($0)") }
            _ = try await store.append(items, to: id, from: 0)
            return Queue(store: store, redis: redis, term: term, batch: try await store.seal(id))
        }

        /// Fills the lane.
        func fill(_ count: Int = 1_000) async throws {
            let jobs = try await store.dispatch(lane: batch.lane, limit: count, term: term)
            _ = try await dispatch.push(jobs, term: term)
        }

        func claim(_ count: Int, by worker: WorkerName = DispatchFixture.one) async throws -> [Lease] {
            try await dispatch.claim(count, from: [batch.lane], by: worker).map(\.lease)
        }

        func finish(_ leases: [Lease], by worker: WorkerName = DispatchFixture.one) async throws -> [Bool] {
            try await dispatch.finish(leases.map { ($0, .done(DispatchFixture.result)) }, by: worker)
        }

        /// Records every fact that waits.
        @discardableResult
        func record() async throws -> RecordReport {
            var total = RecordReport()
            while true {
                let group = try await dispatch.facts(wait: .milliseconds(1))
                if group.isEmpty { return total }
                let report = try await store.record(group.facts)
                total.succeeded += report.succeeded
                total.rerun += report.rerun
                total.postponed += report.postponed
                total.stale += report.stale
                try await dispatch.acknowledge(group)
            }
        }

        /// Puts Redis right, as a leader does at the start of its term and after a loss; how many jobs it had lost.
        func rehydrate() async throws -> Int {
            let live = try await store.liveLeases(limit: 100_000)
            let state = try await dispatch.reconcile(live)
            try await record()
            #expect(try await dispatch.isRecorded(upTo: state.mark))
            let count = try await store.requeue(state.unknown, term: term)
            #expect(try await dispatch.assume(term))
            return count
        }

        /// Works until nothing is left; the jobs it finished.
        func drain(by worker: WorkerName = DispatchFixture.two) async throws -> [Lease] {
            var finished: [Lease] = []
            for _ in 0..<200 {
                try await record()
                _ = try await store.promoteDue(term: term)
                try await fill()
                let leases = try await claim(50, by: worker)
                finished += zip(leases, try await finish(leases, by: worker)).filter(\.1).map(\.0)
                try await record()
                if try await store.batch(batch.id).state == .finished { return finished }
            }
            Issue.record("the queue does not run dry")
            return finished
        }
    }

    @Test func aKilledWorkersJobsRunElsewhere() async throws {
        try await Queue.with(jobs: 20, lease: .milliseconds(50)) { queue in
            try await queue.fill()
            let killed = try await queue.claim(8)
            var reaped = 0
            #expect(
                try await eventually {
                    reaped += try await queue.dispatch.reap(term: queue.term)
                    return reaped == 8
                })
            #expect(try await queue.record().rerun == 8)
            // The zombie is turned away in Redis; a fact of its that slipped through is turned away in PostgreSQL.
            #expect(try await queue.finish(killed).allSatisfy { !$0 })
            let late = killed.map { Fact(lease: $0, worker: Fixture.one, event: .done(Fixture.result)) }
            #expect(try await queue.store.record(late).stale == 8)
            let finished = try await queue.drain()
            #expect(Set(finished.map(\.job)).count == 20)
            #expect(try await queue.store.batch(queue.batch.id).counts == BatchCounts(succeeded: 20))
        }
    }

    @Test func factsReadAgainAfterACrashCountOnce() async throws {
        try await Queue.with(jobs: 10) { queue in
            try await queue.fill()
            let leases = try await queue.claim(10)
            #expect(try await queue.finish(leases).allSatisfy { $0 })
            // Recorded, and the coordinator dies before it acknowledges.
            let group = try await queue.dispatch.facts(wait: .milliseconds(1))
            #expect(try await queue.store.record(group.facts).succeeded == 10)
            queue.dispatch.redeliverFacts()
            let report = try await queue.record()
            #expect(report.succeeded == 0)
            #expect(report.stale == 10)
            #expect(try await queue.store.batch(queue.batch.id).counts == BatchCounts(succeeded: 10))
        }
    }

    @Test func aCrashBeforeThePushLosesNothing() async throws {
        try await Queue.with(jobs: 10) { queue in
            try await queue.fill(4)
            // Handed out in PostgreSQL, never pushed.
            #expect(try await queue.store.dispatch(lane: queue.batch.lane, limit: 3, term: queue.term).count == 3)
            var heir = queue
            try await queue.store.releaseLeadership(holder: "a", term: queue.term)
            heir.term = try #require(try await queue.store.acquireLeadership(holder: "b", ttl: .seconds(600)))
            #expect(try await heir.rehydrate() == 3)
            // The old leader wakes up in the middle of its work.
            let stale = await reason { _ = try await queue.dispatch.push([Fixture.job(1)], term: queue.term) }
            #expect(stale == .staleTerm)
            await #expect(throws: StoreError.self) {
                try await queue.store.dispatch(lane: queue.batch.lane, limit: 1, term: queue.term)
            }
            #expect(Set(try await heir.drain().map(\.job)).count == 10)
            #expect(try await queue.store.batch(queue.batch.id).counts == BatchCounts(succeeded: 10))
        }
    }

    @Test func aWipedRedisLosesNothing() async throws {
        try await Queue.with(jobs: 30) { queue in
            try await queue.fill(20)
            let running = try await queue.claim(10)
            #expect(try await queue.finish(Array(running[..<2])).allSatisfy { $0 })
            try await queue.redis.redis.command("FLUSHALL")
            #expect(try await queue.dispatch.term() == nil)
            #expect(await reason { _ = try await queue.claim(1) } == .noTerm)
            #expect(await reason { _ = try await queue.dispatch.push([Fixture.job(1)], term: queue.term) } == .noTerm)
            // The worker goes on: what ends now is recorded, and what runs on is announced by its beat.
            #expect(try await queue.finish([running[2]]) == [true])
            let held = Array(running[5...])
            #expect(try await queue.dispatch.beat(held, by: Fixture.one).lost.isEmpty)
            // Lost are: 10 that waited, 2 that were done but not recorded, 2 whose worker was silent.
            #expect(try await queue.rehydrate() == 14)
            #expect(try await queue.dispatch.beat([running[3]], by: Fixture.one).lost == [running[3]])
            #expect(try await queue.finish([running[3], running[2]]) == [false, false])
            #expect(try await queue.finish(held).allSatisfy { $0 })
            #expect(try await queue.record().succeeded == 5)
            let rest = try await queue.drain().map(\.job)
            #expect(Set(rest).count == 24)
            #expect(Set(rest).isDisjoint(with: held.map(\.job) + [running[2].job]))
            #expect(try await queue.store.batch(queue.batch.id).counts == BatchCounts(succeeded: 30))
            let jobs = try await queue.store.jobs(of: queue.batch.id, limit: 100).elements
            #expect(jobs.allSatisfy { $0.attempts == 1 && $0.crashes == 0 })
        }
    }

    @Test func aNewLeaderLeavesRunningJobsAlone() async throws {
        try await Queue.with(jobs: 12) { queue in
            try await queue.fill()
            let running = try await queue.claim(5)
            #expect(try await queue.rehydrate() == 0)
            #expect(try await queue.finish(running).allSatisfy { $0 })
            #expect(try await queue.record().succeeded == 5)
            #expect(try await queue.drain().count == 7)
        }
    }

    @Test func drainingBurnsNoAttempt() async throws {
        try await Queue.with(jobs: 3) { queue in
            for _ in 0..<7 {
                try await queue.fill()
                let jobs = try await queue.dispatch.claim(3, from: [queue.batch.lane], by: Fixture.one)
                #expect(jobs.map(\.attempt) == [1, 1, 1])
                #expect(jobs.map(\.crashes) == [0, 0, 0])
                let report = try await queue.dispatch.release(jobs.map(\.lease), by: Fixture.one)
                #expect(report == [true, true, true])
                #expect(try await queue.record().postponed == 3)
            }
            #expect(try await queue.drain().count == 3)
        }
    }

    @Test func countsAreSplitByWhatWorkersHave() async throws {
        try await Queue.with(jobs: 10) { queue in
            try await queue.fill(6)
            _ = try await queue.claim(2)
            let batch = try await queue.store.batch(queue.batch.id)
            #expect(batch.counts == BatchCounts(queued: 4, running: 6))
            let claimed = try await queue.dispatch.claimed(of: [batch.id])[batch.id] ?? 0
            #expect(batch.counts.splitting(claimed: claimed) == BatchCounts(queued: 8, running: 2))
        }
    }
}
