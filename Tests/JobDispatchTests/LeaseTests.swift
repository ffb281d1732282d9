import Foundation
import Jobs
import Redis
import Testing

@testable import JobDispatch

@Suite("Leases") struct LeaseTests {
    private typealias Fixture = DispatchFixture

    @Test func aFactEndsALeaseOnce() async throws {
        try await Fixture.with { fixture in
            try await fixture.push(1...4)
            let leases = try await fixture.claim(4)
            let failure = JobFailure(code: "c", message: "m\u{0}\n", retryable: true)
            let events: [Fact.Event] = [
                .done(Fixture.result), .failed(failure), .snoozed(.milliseconds(7)), .snoozed(.zero),
            ]
            let facts = zip(leases, events).map { (lease: $0, event: $1) }
            #expect(try await fixture.dispatch.finish(facts, by: Fixture.two) == [false, false, false, false])
            #expect(try await fixture.dispatch.finish(facts, by: Fixture.one) == [true, true, true, true])
            #expect(try await fixture.dispatch.finish(facts, by: Fixture.one) == [false, false, false, false])
            let read = try await fixture.takeFacts()
            #expect(read == facts.map { Fact(lease: $0.lease, worker: Fixture.one, event: $0.event) })
            try await fixture.expectNoTrace()
            #expect(try await fixture.dispatch.factCount() == 0)
        }
    }

    @Test func aSilentWorkerLosesItsJobs() async throws {
        try await Fixture.with(lease: .milliseconds(30)) { fixture in
            try await fixture.push(1...3)
            let lost = try await fixture.claim(2)
            let patient = try fixture.another(lease: .seconds(60))
            let held = try await patient.claim(1, from: [Fixture.lane], by: Fixture.two).map(\.lease)
            var reaped = 0
            #expect(
                try await eventually {
                    reaped += try await fixture.dispatch.reap(term: DispatchFixture.term)
                    return reaped >= 2
                })
            #expect(reaped == 2)
            #expect(
                try await fixture.takeFacts()
                    == lost.map { Fact(lease: $0, worker: Fixture.one, event: .lost(begun: false)) })
            // The zombie comes back.
            let report = try await fixture.dispatch.beat(lost, by: Fixture.one)
            #expect(Set(report.lost) == Set(lost))
            let facts = lost.map { (lease: $0, event: Fact.Event.done(Fixture.result)) }
            #expect(try await fixture.dispatch.finish(facts, by: Fixture.one) == [false, false])
            #expect(try await patient.beat(held, by: Fixture.two).answers == [held[0]: .held])
            #expect(try await fixture.takeFacts() == [], "what waits in a worker has not started")
            try await patient.begin(held, by: Fixture.two)
            #expect(try await patient.beat(held, by: Fixture.two).answers == [held[0]: .held])
            #expect(try await patient.release(held, by: Fixture.two) == [true])
            #expect(try await fixture.takeFacts().map(\.event) == [.started, .snoozed(.zero)])
            try await fixture.expectNoTrace()
            await patient.close()
        }
    }

    @Test func beatsKeepLeasesAlive() async throws {
        // Long against the pauses of a busy machine, short against the test.
        try await Fixture.with(lease: .seconds(3)) { fixture in
            try await fixture.push(1...1)
            let leases = try await fixture.claim(1)
            try await fixture.dispatch.begin(leases, by: Fixture.one)
            let end = ContinuousClock.now + .seconds(7)
            while ContinuousClock.now < end {
                #expect(try await fixture.dispatch.beat(leases, by: Fixture.one).answers == [leases[0]: .held])
                #expect(try await fixture.dispatch.reap(term: DispatchFixture.term) == 0)
            }
            // The first beat says that the job is under way; the others do not repeat it.
            #expect(try await fixture.takeFacts() == [Fact(lease: leases[0], worker: Fixture.one, event: .started)])
            #expect(try await fixture.dispatch.beat(leases, by: Fixture.two).lost == leases)
        }
    }

    @Test func factsSurviveTheirReader() async throws {
        try await Fixture.with { fixture in
            try await fixture.push(1...5)
            let leases = try await fixture.claim(5)
            for lease in leases { _ = try await fixture.dispatch.release([lease], by: Fixture.one) }
            // Read and not acknowledged: the reader died between.
            #expect(try await fixture.dispatch.facts(limit: 3, wait: .milliseconds(1)).facts.count == 3)
            let heir = try fixture.another()
            var inherited: [Lease] = []
            while true {
                let group = try await heir.facts(limit: 2, wait: .milliseconds(1))
                if group.isEmpty { break }
                inherited += group.facts.map(\.lease)
                try await heir.acknowledge(group)
            }
            #expect(inherited == leases)
            #expect(try await heir.factCount() == 0)
            await heir.close()
        }
    }

    @Test func factsAreReadAgainOnDemand() async throws {
        try await Fixture.with { fixture in
            try await fixture.push(1...2)
            _ = try await fixture.dispatch.release(try await fixture.claim(2), by: Fixture.one)
            let group = try await fixture.dispatch.facts(wait: .milliseconds(1))
            #expect(group.facts.count == 2)
            #expect(try await fixture.dispatch.facts(wait: .milliseconds(1)).isEmpty)
            fixture.dispatch.redeliverFacts()
            #expect(try await fixture.dispatch.facts(wait: .milliseconds(1)) == group)
            try await fixture.dispatch.acknowledge(group)
            fixture.dispatch.redeliverFacts()
            #expect(try await fixture.dispatch.facts(wait: .milliseconds(1)).isEmpty)
        }
    }

    @Test func hostileFactsAreSetAside() async throws {
        try await Fixture.with { fixture in
            let up = fixture.key("up")
            let quotes = [UInt8](repeating: 0x22, count: 99_999)
            let fields: [[RedisArgument]] = [
                ["w", "w", "f", "done 1 2 [[[["], ["nonsense", .bytes([0xFF, 0])], ["w", "w", "f", "lost x 2 "],
                ["w", "w", "f", .bytes(Array("failed 1 2 ".utf8) + quotes)], ["w", "a b", "f", "lost 3 4 "],
                ["w", "w", "f", "done 1 2", "f", "lost 3 4 "],
            ]
            for entry in fields { try await fixture.redis.command(["XADD", up, "*"] + entry) }
            let group = try await fixture.dispatch.facts(wait: .milliseconds(1))
            #expect(group.facts.map(\.lease) == [Lease(job: JobID(3), epoch: Epoch(4))])
            #expect(group.rejected.count == 6)
            try await fixture.dispatch.acknowledge(group)
            #expect(try await fixture.dispatch.factCount() == 0)
        }
    }

    @Test func waitsForFactsCanBeCutShort() async throws {
        try await Fixture.with { fixture in
            async let group = fixture.dispatch.facts(wait: .seconds(60))
            await fixture.dispatch.interruptFacts()
            #expect(try await group.isEmpty)
            fixture.dispatch.resumeFacts()
            try await fixture.push(1...1)
            let leases = try await fixture.claim(1)
            async let next = fixture.dispatch.facts(wait: .seconds(60))
            _ = try await fixture.dispatch.release(leases, by: Fixture.one)
            #expect(try await next.facts.count == 1)
        }
    }

    @Test("Only jobs that were being computed when their worker went away are suspects")
    func whatHadBegun() async throws {
        try await Fixture.with(lease: .milliseconds(30)) { fixture in
            try await fixture.push(1...3)
            let leases = try await fixture.claim(3)
            try await fixture.dispatch.begin([leases[1]], by: Fixture.one)
            // Neither another worker nor an older execution can say so.
            try await fixture.dispatch.begin([leases[0]], by: Fixture.two)
            try await fixture.dispatch.begin([Lease(job: leases[2].job, epoch: Epoch(1))], by: Fixture.one)
            var reaped = 0
            #expect(
                try await eventually {
                    reaped += try await fixture.dispatch.reap(term: DispatchFixture.term)
                    return reaped >= 3
                })
            let facts = try await fixture.takeFacts().sorted { $0.lease.job < $1.lease.job }
            #expect(facts.map(\.event) == [.lost(begun: false), .lost(begun: true), .lost(begun: false)])
            try await fixture.expectNoTrace()
        }
    }

    @Test("After a pause of the reaper workers get time to renew what they hold")
    func graceAfterAPause() async throws {
        try await Fixture.with(lease: .seconds(3)) { fixture in
            try await fixture.push(1...1)
            let leases = try await fixture.claim(1)
            // The first look after a long time, and the lease is over.
            try await fixture.redis.command("ZADD", fixture.key("leases"), "1", "1:1001")
            #expect(try await fixture.dispatch.reap(term: DispatchFixture.term) == 0)
            #expect(try await fixture.dispatch.beat(leases, by: Fixture.one).answers == [leases[0]: .held])
            #expect(try await fixture.dispatch.reap(term: DispatchFixture.term) == 0)
            // Nobody renews it any more.
            #expect(try await eventually { try await fixture.dispatch.reap(term: DispatchFixture.term) == 1 })
            #expect(try await fixture.takeFacts().last?.event == .lost(begun: false))
        }
    }

    @Test("Leases of a clock that was set back end all the same")
    func clockSetBack() async throws {
        try await Fixture.with(lease: .seconds(3)) { fixture in
            try await fixture.push(1...2)
            let leases = try await fixture.claim(2)
            #expect(try await fixture.dispatch.reap(term: DispatchFixture.term) == 0)
            // What an hour's lead of the clock left behind, of the reaper and of a worker that is gone.
            let future = Int64(Date().timeIntervalSince1970 * 1_000) + 3_600_000
            try await fixture.redis.command("HSET", fixture.key("reaper"), "last", "\(future)")
            for job in ["1:1001", "2:1002"] {
                try await fixture.redis.command("ZADD", fixture.key("leases"), "\(future)", .string(job))
            }
            #expect(try await fixture.dispatch.reap(term: DispatchFixture.term) == 0)
            // Who lives renews.
            #expect(try await fixture.dispatch.beat([leases[1]], by: Fixture.one).answers == [leases[1]: .held])
            #expect(
                try await eventually {
                    _ = try await fixture.dispatch.beat([leases[1]], by: Fixture.one)
                    return try await fixture.dispatch.reap(term: DispatchFixture.term) == 1
                })
            #expect(try await fixture.takeFacts().last?.lease == leases[0])
        }
    }

    @Test("Jobs that come back go first, in their order")
    func returnedJobsGoFirst() async throws {
        try await Fixture.with { fixture in
            try await fixture.push(1...4)
            let returned = (Int64(700)...1_200).map { id in
                var job = Fixture.job(id)
                job.isReturned = true
                return job
            }
            let report = try await fixture.dispatch.push(returned + [Fixture.job(5)], term: Fixture.term)
            #expect(report.pushed == 502)
            var claimed: [Int64] = []
            while true {
                let leases = try await fixture.claim(200)
                if leases.isEmpty { break }
                claimed += leases.map(\.job.rawValue)
            }
            #expect(claimed == Array(700...1_200) + [1, 2, 3, 4, 5] as [Int64])
        }
    }

    @Test func foreignValuesDoNoHarm() async throws {
        try await Fixture.with { fixture in
            try await fixture.push(1...1)
            try await fixture.redis.command(
                "LPUSH", fixture.key("lane:1"), "garbage", "7:", "-1:2", .bytes([0xFF, 0x00]))
            try await fixture.redis.command("ZADD", fixture.key("leases"), "0", "garbage", "0", "5:6")
            #expect(try await fixture.claim(5).count == 1)
            var reaped = 0
            #expect(
                try await eventually {
                    reaped += try await fixture.dispatch.reap(term: DispatchFixture.term)
                    return try await fixture.dispatch.claimedCount() == 1
                })
            #expect(reaped == 0)
        }
    }
}
