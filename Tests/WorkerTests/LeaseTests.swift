import Artifacts
import JobDispatch
import Jobs
import PrivateStack
import Redis
import TestServers
import Testing
import WorkerRuntime

/// Leases: kept, lost, called off, given back.
@Suite struct LeaseTests {
    /// Gives up silent workers as the leader does, while `body` runs; returns how many leases ran out.
    private func reaping(_ bench: Bench, _ body: () async throws -> Void) async throws -> Int {
        let reaper = Task {
            var count = 0
            while !Task.isCancelled {
                count += try await bench.dispatch.reap(term: Term(1))
                try? await Task.sleep(for: .milliseconds(50))
            }
            return count
        }
        try await body()
        reaper.cancel()
        return try await reaper.value
    }

    @Test(.timeLimit(.minutes(15)))
    func aSlowJobIsKeptAliveBeyondItsLease() async throws {
        try await Bench.with { bench in
            bench.switchboard.change { $0.passTime = .seconds(5) }
            let lost = try await reaping(bench) { () async throws in
                try await bench.push([Bench.job(1), Bench.job(2)])
                try await bench.running(bench.worker()) { () async throws in
                    #expect(try await bench.facts(2).values.allSatisfy { $0.result != nil })
                }
            }
            #expect(lost == 0)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func theResultOfALostLeaseIsDropped() async throws {
        try await Bench.with { bench in
            bench.switchboard.change { $0.isHeld = true }
            let worker = bench.worker()
            try await bench.running(worker) { () async throws in
                try await bench.push([Bench.job(1), Bench.job(2)])
                try await bench.until("the model runs") { bench.switchboard.snapshot.running == 1 }
                // The coordinator gave job 1 to somebody else: a newer epoch, in a lane that this worker does not serve.
                var elsewhere = Bench.job(1)
                elsewhere.lease = Lease(job: JobID(1), epoch: Epoch(999))
                elsewhere.lane = LaneID(77)
                try await bench.push([elsewhere])
                bench.switchboard.change { $0.isHeld = false }
                let facts = try await bench.facts(1)
                #expect(facts[2]?.result != nil)
            }
            #expect(try await bench.dispatch.facts(wait: .milliseconds(50)).facts.isEmpty)
            #expect(try await bench.dispatch.depths(of: [LaneID(77)]) == [LaneID(77): 1])
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aJobThatIsLostWhileItWaitsIsNotComputed() async throws {
        try await Bench.with { bench in
            bench.switchboard.change { $0.isHeld = true }
            let worker = bench.worker()
            try await bench.running(worker) { () async throws in
                try await bench.push((1...6).map { Bench.job($0) })
                try await bench.until("two wait") { worker.heldCount == 6 && bench.switchboard.snapshot.running == 1 }
                var elsewhere = Bench.job(5)
                elsewhere.lease = Lease(job: JobID(5), epoch: Epoch(999))
                elsewhere.lane = LaneID(77)
                try await bench.push([elsewhere])
                try await bench.until("the beat told") { try await bench.dispatch.claimedCount() == 5 }
                let seen = try await beats(bench, 2)
                #expect(seen)
                bench.switchboard.change { $0.isHeld = false }
                #expect(Set(try await bench.facts(5).keys) == [1, 2, 3, 4, 6])
            }
            #expect(bench.switchboard.snapshot.groups.last?.map(\.seed) == [6])
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aCancelledJobIsDroppedAtTheNextBeat() async throws {
        try await Bench.with { bench in
            bench.switchboard.change { $0.isHeld = true }
            try await bench.running(bench.worker()) { () async throws in
                try await bench.push([Bench.job(1), Bench.job(2), Bench.job(3)])
                try await bench.until("the model runs") { bench.switchboard.snapshot.running == 1 }
                #expect(try await bench.dispatch.cancel([Bench.job(2).lease]) == 1)
                // Redis forgets it at once, not when the forward pass ends.
                try await bench.until("it is given up") { try await bench.dispatch.claimedCount() == 2 }
                bench.switchboard.change { $0.isHeld = false }
                let facts = try await bench.facts(3)
                #expect(facts[1]?.result != nil && facts[3]?.result != nil)
                #expect(facts[2]?.event == .snoozed(.zero) || facts[2]?.event == .snoozed(.milliseconds(1)))
            }
            #expect(try await bench.artifacts.epochs(of: JobID(2)).isEmpty)
        }
    }

    // MARK: Drain

    @Test(.timeLimit(.minutes(15)))
    func drainingGivesBackWhatWasNotBegunAndFinishesTheRest() async throws {
        try await Bench.with { bench in
            bench.switchboard.change { $0.isHeld = true }
            let worker = bench.worker()
            let run = Task { try await worker.run() }
            try await bench.push((1...10).map { Bench.job($0) })
            try await bench.until("one group runs, one waits") {
                worker.heldCount == 8 && bench.switchboard.snapshot.running == 1
            }
            worker.drain()
            // Those that wait go back at once, while the model still computes.
            let back = try await bench.facts(4)
            #expect(Set(back.keys) == [5, 6, 7, 8])
            for fact in back.values {
                guard case .snoozed = fact.event else {
                    Issue.record("not given back: \(fact)")
                    continue
                }
            }
            #expect(try await bench.dispatch.workers().count == 1)
            bench.switchboard.change { $0.isHeld = false }
            let done = try await bench.facts(4)
            #expect(Set(done.keys) == [1, 2, 3, 4])
            #expect(done.values.allSatisfy { $0.result != nil })
            try await run.value
            #expect(try await bench.dispatch.workers().isEmpty)
            #expect(try await bench.dispatch.depths(of: [Bench.lane.id]) == [Bench.lane.id: 2])
            #expect(worker.heldCount == 0)
        }
    }

    @Test(.timeLimit(.minutes(15)), arguments: [true, false])
    func whatIsNotDoneInTimeIsGivenBackToo(bySecondSignal: Bool) async throws {
        try await Bench.with { bench in
            bench.switchboard.change { $0.isHeld = true }
            let worker = bench.worker { $0.drain = bySecondSignal ? .seconds(300) : .milliseconds(300) }
            let run = Task { try await worker.run() }
            try await bench.push((1...3).map { Bench.job($0) })
            try await bench.until("the model runs") { bench.switchboard.snapshot.running == 1 }
            worker.drain()
            if bySecondSignal { worker.abandon() }
            let back = try await bench.facts(3)
            for fact in back.values {
                guard case .snoozed = fact.event else {
                    Issue.record("not given back: \(fact)")
                    continue
                }
            }
            bench.switchboard.change { $0.isHeld = false }
            try await run.value
            #expect(try await bench.dispatch.facts(wait: .milliseconds(50)).facts.isEmpty)
            #expect(try await bench.artifacts.epochs(of: JobID(1)).isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func anIdleWorkerDrainsAtOnce() async throws {
        try await Bench.with { bench in
            let worker = bench.worker()
            let run = Task { try await worker.run() }
            try await bench.until("it is registered") { try await bench.dispatch.workers().count == 1 }
            let announced = try await bench.dispatch.workers()[0].announcement
            #expect(announced.capacity == 4 && announced.pool == "default" && announced.device == "cpu")
            #expect(announced.models.map(\.digest) == [TestModel.digest])
            #expect(announced.models.first?.vocabulary == ["a", "man"])
            let start = ContinuousClock.now
            worker.drain()
            try await run.value
            #expect(ContinuousClock.now - start < .seconds(10))
            #expect(try await bench.dispatch.workers().isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aCancelledTaskGivesEverythingBack() async throws {
        try await Bench.with { bench in
            bench.switchboard.change { $0.isHeld = true }
            let worker = bench.worker()
            let run = Task { try await worker.run() }
            try await bench.push((1...6).map { Bench.job($0) })
            try await bench.until("it works") { worker.heldCount == 6 && bench.switchboard.snapshot.running == 1 }
            run.cancel()
            let back = try await bench.facts(6)
            #expect(back.values.allSatisfy { $0.result == nil && $0.failure == nil })
            bench.switchboard.change { $0.isHeld = false }
            _ = await run.result
            #expect(try await bench.dispatch.claimedCount() == 0)
        }
    }

    // MARK: Redis goes away

    @Test(.timeLimit(.minutes(15)))
    func aRestartOfRedisWhileTheModelComputesIsSurvived() async throws {
        try await TestServers.shared.withDedicatedRedis { server in
            let bench = try await Bench.at(server.address, Bench.quick { $0.lease = .seconds(12) })
            bench.switchboard.change { $0.isHeld = true }
            let worker = bench.worker()
            try await bench.running(worker) { () async throws in
                try await bench.push((1...8).map { Bench.job($0) })
                try await bench.until("one group runs, one waits") {
                    worker.heldCount == 8 && bench.switchboard.snapshot.running == 1
                }
                try await server.stop()
                bench.switchboard.change { $0.isHeld = false }
                // Both groups are computed without Redis, and their reports kept.
                try await bench.until("the model went on") {
                    bench.switchboard.snapshot.groups.count == 2 && bench.switchboard.snapshot.running == 0
                }
                try await server.start()
                let facts = try await bench.facts(8)
                #expect(facts.values.allSatisfy { $0.result != nil })
                try await bench.push([Bench.job(9)])
                #expect(try await bench.facts(1)[9]?.result != nil)
            }
            await bench.dispatch.close()
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aRedisThatForgotEverythingStillTakesTheReports() async throws {
        try await TestServers.shared.withDedicatedRedis(isDurable: false) { server in
            let bench = try await Bench.at(server.address)
            bench.switchboard.change { $0.isHeld = true }
            let worker = bench.worker()
            try await bench.running(worker) { () async throws in
                try await bench.push((1...4).map { Bench.job($0) })
                try await bench.until("the model runs") { bench.switchboard.snapshot.running == 1 }
                let admin = RedisConnection(bench.redis)
                try await admin.command("FLUSHALL")
                await admin.close()
                try await bench.until("the worker is known again") { try await bench.dispatch.workers().count == 1 }
                bench.switchboard.change { $0.isHeld = false }
                #expect(try await bench.facts(4).values.allSatisfy { $0.result != nil })
                // The leader puts things right, and work goes on.
                #expect(try await bench.dispatch.assume(Term(1)))
                try await bench.dispatch.publish([Bench.lane])
                try await bench.push([Bench.job(5)])
                #expect(try await bench.facts(1)[5]?.result != nil)
            }
            await bench.dispatch.close()
        }
    }

    /// Waits until the worker has beaten `count` times more.
    private func beats(_ bench: Bench, _ count: Int) async throws -> Bool {
        for _ in 0..<count {
            let before = try await bench.dispatch.workers().first?.silence ?? .zero
            var last = before
            let deadline = ContinuousClock.now + .seconds(10)
            while ContinuousClock.now < deadline {
                let silence = try await bench.dispatch.workers().first?.silence ?? .zero
                if silence < last { break }
                last = silence
                try await Task.sleep(for: .milliseconds(5))
            }
            if ContinuousClock.now >= deadline { return false }
        }
        return true
    }
}
