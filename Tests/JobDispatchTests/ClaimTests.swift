import Jobs
import Redis
import Testing

@testable import JobDispatch

@Suite("Claims") struct ClaimTests {
    private typealias Fixture = DispatchFixture

    @Test func handsOutWhatWasPushed() async throws {
        try await Fixture.with { fixture in
            let jobs = (1...5).map { Fixture.job($0, crashes: Int($0)) }
            _ = try await fixture.dispatch.push(jobs, term: Fixture.term)
            #expect(
                try await fixture.dispatch.depths(of: [Fixture.lane, LaneID(9)]) == [Fixture.lane: 5, LaneID(9): 0])
            let first = try await fixture.dispatch.claim(3, from: [Fixture.lane], by: Fixture.one)
            let second = try await fixture.dispatch.claim(3, from: [Fixture.lane], by: Fixture.two)
            #expect(first + second == jobs)
            #expect(try await fixture.claim(1).isEmpty)
            #expect(try await fixture.dispatch.claimedCount() == 5)
            let claimed = try await fixture.dispatch.claimed(of: [BatchID(0), BatchID(1), BatchID(2), BatchID(7)])
            #expect(claimed == [BatchID(0): 1, BatchID(1): 2, BatchID(2): 2, BatchID(7): 0])
            let owners = try await fixture.dispatch.owners(of: [JobID(1), JobID(5), JobID(6)])
            #expect(owners == [JobID(1): Fixture.one, JobID(5): Fixture.two])
        }
    }

    @Test func claimsFromOneLaneInTheOrderOfTheWorker() async throws {
        try await Fixture.with { fixture in
            try await fixture.push(1...2, lane: LaneID(1))
            try await fixture.push(3...4, lane: LaneID(2))
            let order = [LaneID(7), LaneID(2), LaneID(1)]
            let first = try await fixture.dispatch.claim(9, from: order, by: Fixture.one)
            #expect(first.map(\.lease.job.rawValue) == [3, 4])
            #expect(first.allSatisfy { $0.lane == LaneID(2) })
            let second = try await fixture.dispatch.claim(9, from: order, by: Fixture.one)
            #expect(second.map(\.lease.job.rawValue) == [1, 2])
        }
    }

    @Test func aStaleLeaderCannotPush() async throws {
        try await Fixture.with { fixture in
            let assumed = [try await fixture.dispatch.assume(Term(2)), try await fixture.dispatch.assume(Term(2))]
            #expect(assumed == [true, true], "repeating it changes nothing")
            #expect(try await !fixture.dispatch.assume(Term(1)))
            #expect(try await fixture.dispatch.term() == Term(2))
            let stale = await reason { _ = try await fixture.dispatch.push([Fixture.job(1)], term: Term(1)) }
            #expect(stale == .staleTerm)
            let early = await reason { _ = try await fixture.dispatch.push([Fixture.job(1)], term: Term(3)) }
            #expect(early == .staleTerm)
            #expect(try await fixture.dispatch.depths(of: [Fixture.lane]) == [Fixture.lane: 0])
        }
    }

    @Test func aStaleLeaderNeitherReapsNorRecalls() async throws {
        try await Fixture.with(lease: .milliseconds(30)) { fixture in
            try await fixture.push(1...4)
            let claimed = try await fixture.claim(2)
            let waiting = [Fixture.job(3).lease, Fixture.job(4).lease]
            // Long over, so that there is something to be done.
            try await fixture.redis.command("ZADD", fixture.key("leases"), "1", "1:1001", "1", "2:1002")
            #expect(try await fixture.dispatch.assume(Term(2)))
            for term in [Term(1), Term(3)] {
                let reaping = await reason { _ = try await fixture.dispatch.reap(term: term) }
                #expect(reaping == .staleTerm)
                let recalling = await reason { _ = try await fixture.dispatch.recall(waiting, term: term) }
                #expect(recalling == .staleTerm)
            }
            // Not even that somebody looked is noted: it would cost workers the grace after a pause.
            #expect(try await fixture.redis.command("EXISTS", fixture.key("reaper")).int64() == 0)
            #expect(try await fixture.dispatch.claimedCount() == 2)
            #expect(try await fixture.dispatch.owners(of: claimed.map(\.job)).count == 2)
            #expect(try await fixture.dispatch.factCount() == 0)
            // Whoever leads does both.
            #expect(try await fixture.dispatch.recall(waiting, term: Term(2)) == waiting)
            var reaped = 0
            #expect(
                try await eventually {
                    reaped += try await fixture.dispatch.reap(term: Term(2))
                    return reaped >= 2
                })
            #expect(reaped == 2)
            #expect(try await fixture.claim(9).isEmpty)
            try await fixture.expectNoTrace()
        }
    }

    @Test func anExecutionComesInOnce() async throws {
        try await Fixture.with { fixture in
            try await fixture.push(1...1)
            let again = try await fixture.dispatch.push([Fixture.job(1)], term: Fixture.term)
            #expect(again.pushed == 0)
            #expect(try await fixture.claim(5).count == 1)
            #expect(try await fixture.dispatch.push([Fixture.job(1)], term: Fixture.term).pushed == 0)
            #expect(try await fixture.dispatch.push([Fixture.job(1, epoch: 7)], term: Fixture.term).pushed == 0)
            #expect(try await fixture.claim(5).isEmpty)
        }
    }

    @Test func aNewerExecutionReplacesTheOlder() async throws {
        try await Fixture.with { fixture in
            try await fixture.push(1...2)
            let old = try await fixture.claim(1)
            _ = try await fixture.dispatch.push([1, 2].map { Fixture.job($0, epoch: 9_999) }, term: Fixture.term)
            #expect(try await fixture.dispatch.claimedCount() == 0)
            let fresh = try await fixture.claim(9, by: Fixture.two)
            #expect(fresh.map(\.epoch) == [Epoch(9_999), Epoch(9_999)], "stale entries of the lane are dropped")
            #expect(try await fixture.dispatch.beat(old, by: Fixture.one).lost == old)
            let facts = old.map { (lease: $0, event: Fact.Event.done(Fixture.result)) }
            #expect(try await fixture.dispatch.finish(facts, by: Fixture.one) == [false])
        }
    }

    @Test func largePayloadsStayOut() async throws {
        try await Fixture.with { fixture in
            let large = Fixture.job(2, payload: String(repeating: "x", count: 64 * 1024 + 1))
            let report = try await fixture.dispatch.push([Fixture.job(1), large, Fixture.job(3)], term: Fixture.term)
            #expect(report == PushReport(pushed: 2, refused: [large.lease]))
            #expect(try await fixture.claim(9).count == 2)
        }
    }

    @Test func pushesMoreThanAScriptTakes() async throws {
        try await Fixture.with { fixture in
            try await fixture.push(1...1_200)
            var seen: Set<Lease> = []
            try await withThrowingTaskGroup { group in
                for number in 0..<3 {
                    let other = try fixture.another()
                    group.addTask {
                        var mine: [Lease] = []
                        while true {
                            let jobs = try await other.claim(
                                16, from: [Fixture.lane], by: WorkerName(sanitizing: "w\(number)"))
                            if jobs.isEmpty { return mine }
                            mine += jobs.map(\.lease)
                        }
                    }
                }
                for try await leases in group {
                    #expect(seen.isDisjoint(with: leases))
                    seen.formUnion(leases)
                }
            }
            #expect(seen.count == 1_200)
        }
    }

    @Test func idleWorkersWakeEachOther() async throws {
        try await Fixture.with { fixture in
            let workers = try (0..<4).map { _ in try fixture.another() }
            try await withThrowingTaskGroup { group in
                for (number, worker) in workers.enumerated() {
                    group.addTask {
                        while true {
                            let jobs = try await worker.claim(
                                1, from: [Fixture.lane], by: WorkerName(sanitizing: "w\(number)"))
                            if !jobs.isEmpty { return jobs.count }
                            // Long enough that only a wake-up can end the test in time.
                            guard try await worker.waitForWork(in: [Fixture.lane], timeout: .seconds(60)) else {
                                return 0
                            }
                        }
                    }
                }
                #expect(
                    try await eventually {
                        let clients = try await fixture.redis.command("CLIENT", "LIST").string()
                        return clients.split(separator: "\n").count { $0.contains("cmd=blpop") } >= 4
                    })
                try await fixture.push(1...4)
                #expect(try await group.reduce(0, +) == 4)
            }
            for worker in workers { await worker.close() }
        }
    }

    @Test func waitsCanBeCutShort() async throws {
        try await Fixture.with { fixture in
            async let woken = fixture.dispatch.waitForWork(in: [Fixture.lane], timeout: .seconds(60))
            await fixture.dispatch.interruptWait()
            #expect(try await !woken)
            #expect(try await !fixture.dispatch.waitForWork(in: [Fixture.lane], timeout: .seconds(60)))
            fixture.dispatch.resumeWait()
            #expect(try await !fixture.dispatch.waitForWork(in: [Fixture.lane], timeout: .milliseconds(10)))
            try await fixture.push(1...1)
            #expect(try await fixture.dispatch.waitForWork(in: [LaneID(5), Fixture.lane], timeout: .seconds(60)))
        }
    }

    @Test func cancelledJobsAreDroppedOrStopped() async throws {
        try await Fixture.with { fixture in
            try await fixture.push(1...3)
            let running = try await fixture.claim(1)
            let all = (1...3).map { Fixture.job($0).lease }
            let unknown = Lease(job: JobID(1), epoch: Epoch(5))
            #expect(try await fixture.dispatch.cancel(all + [unknown]) == 3)
            #expect(try await fixture.claim(9).isEmpty)
            let report = try await fixture.dispatch.beat(running, by: Fixture.one)
            #expect(report.cancelled == running)
        }
    }

    @Test func workersAnnounceThemselves() async throws {
        try await Fixture.with { fixture in
            let dispatch = fixture.dispatch
            let model = AnnouncedModel(
                name: "demo", digest: String(repeating: "ab", count: 32), resolution: 64, layers: 10,
                vocabulary: ["a", "woman", "日本"], kinds: [.generate, .optimize], abilities: [.photos, .clip])
            let announcement = WorkerAnnouncement(
                name: Fixture.one, host: "h", version: "1", device: "cpu", capacity: 16, models: [model])
            #expect(try await !dispatch.beat([], by: Fixture.one).isRegistered)
            #expect(try await dispatch.workers().isEmpty)
            try await dispatch.register(announcement)
            #expect(try await dispatch.beat([], by: Fixture.one).isRegistered)
            let workers = try await dispatch.workers()
            #expect(workers.map(\.announcement) == [announcement])
            #expect(workers.allSatisfy { $0.silence < .seconds(20) })

            #expect(try await dispatch.lanes(pool: "default", models: [model]).isEmpty)
            let lane = Lane(
                id: LaneID(4), pool: "default", kind: "generate", modelDigest: model.digest, band: .interactive)
            try await dispatch.publish([lane])
            #expect(try await dispatch.lanes(pool: "default", models: [model]) == [lane])
            #expect(try await dispatch.lanes(pool: "other", models: [model]).isEmpty)
            try await dispatch.unregister(Fixture.one)
            #expect(try await dispatch.workers().isEmpty)
        }
    }

    @Test func silentWorkersLeaveTheList() async throws {
        try await Fixture.with(lease: .milliseconds(20)) { fixture in
            try await fixture.dispatch.register(
                WorkerAnnouncement(name: Fixture.one, host: "", version: "", device: "", capacity: 1, models: []))
            #expect(
                try await eventually {
                    let workers = try await fixture.dispatch.workers()
                    let names = try await fixture.redis.command("ZCARD", fixture.key("workers")).int64()
                    return workers.isEmpty && names == 0
                })
        }
    }
}
