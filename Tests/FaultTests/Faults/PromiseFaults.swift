import Glibc
import Postgres
import Redis
import Testing

extension FaultSuite {
    /// What is promised in seconds, with the lease that everybody has by default.
    ///
    /// Not in quick runs, which have other work beside them: a machine that is busy for seconds keeps no such promise.
    @Suite("Promises in seconds", .serialized, .enabled(if: FaultLength.current > .quick, "not in a quick run"))
    struct PromiseFaults {
        @Test("All jobs of a worker that is killed run elsewhere within 15 s", .timeLimit(.minutes(3)))
        func recovery() async throws {
            try await FaultWorld.with(.init(workers: 2, batch: 16, lease: 12)) { world in
                try await world.submit(Array(repeating: "ms=100", count: 900))
                try await world.ended(100)
                let victim = world.workers[0]
                victim.send(SIGKILL)
                let clock = ContinuousClock()
                let start = clock.now
                var lost = try await world.holdings(of: victim)
                #expect(!lost.isEmpty, "it held nothing")
                let count = lost.count
                try await eventually("somebody else has what it held", within: .seconds(60)) {
                    lost = try await world.stillLost(lost)
                    return lost.isEmpty
                }
                let time = start.duration(to: clock.now)
                print("the \(count) jobs of a worker that was killed run elsewhere after \(time)")
                #expect(time < .seconds(15))
                try await world.settle()
                #expect(try await world.count(ended: 1) == 900)
            }
        }

        @Test("Another coordinator leads and hands out within 10 s of the leader's kill -9", .timeLimit(.minutes(3)))
        func takeover() async throws {
            // The window is small, so that nothing goes on without a leader.
            try await FaultWorld.with(.init(coordinators: 0, workers: 0, window: 100, lease: 12)) { world in
                let old = try await world.startCoordinator()
                try await eventually("it leads") { try await world.leader() != nil }
                let next = try await world.startCoordinator()
                for _ in 0..<2 { try await world.startWorker() }
                try await world.waitForModel()
                try await eventually("the second coordinator listens") { next.output.contains("Listening") }
                try await world.submit(Array(repeating: "ms=20", count: 2_000))
                try await world.ended(200)
                let before = try await world.number("SELECT max(epoch) FROM job_live")
                old.send(SIGKILL)
                let clock = ContinuousClock()
                let start = clock.now
                try await eventually("jobs are handed out in another term", within: .seconds(60)) {
                    let leader = try await world.leader()?.plan.name
                    let newest = try await world.number("SELECT coalesce(max(epoch), 0) FROM job_live")
                    return leader == next.plan.name && newest > before + 100
                }
                let time = start.duration(to: clock.now)
                print("another coordinator led and handed out \(time) after the leader was killed")
                #expect(time < .seconds(10))
                try await world.settle()
                #expect(try await world.count(ended: 1) == 2_000)
            }
        }
    }
}

extension FaultWorld {
    /// Jobs that Redis knows a worker to have, each with its epoch.
    fileprivate func holdings(of worker: Daemon) async throws -> [String: String] {
        var held: [String: String] = [:]
        for key in try await keys() where key.hasPrefix("j:") {
            let (owner, epoch) = try await owner(of: key)
            if let owner, owner.contains(worker.plan.name), let epoch { held[key] = epoch }
        }
        return held
    }

    /// Those that nobody else has yet, and that have not ended.
    fileprivate func stillLost(_ held: [String: String]) async throws -> [String: String] {
        var lost: [String: String] = [:]
        for (key, before) in held {
            let (owner, epoch) = try await owner(of: key)
            if owner != nil, epoch != before { continue }
            let id = Int64(key.dropFirst(2)) ?? 0
            if try await number("SELECT count(*) FROM job_done WHERE id = $1", [.int8(id)]) == 0 { lost[key] = before }
        }
        return lost
    }

    private func owner(of key: String) async throws -> (worker: String?, epoch: String?) {
        let fields = try await command("HMGET", .string("tedi:{\(namespace)}:\(key)"), "w", "e").array()
        return (try? fields[0].string(), try? fields[1].string())
    }
}
