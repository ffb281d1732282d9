import Foundation
import Glibc
import Postgres
import PrivateStack
import Redis
import Testing

/// What happens to Redis.
enum RedisFault: String, CaseIterable {
    case flushed, killed, killedDurable, paused, full, scriptsFlushed, setBack, away

    var isDurable: Bool { self == .killedDurable }

    /// Does it to the Redis of a world, and ends it.
    func strike(_ world: FaultWorld) async throws {
        guard let redis = world.redis else { return }
        switch self {
        case .flushed:
            try await world.command("FLUSHALL")
        case .killed, .killedDurable:
            await redis.crash()
            try await redis.start()
        case .paused:
            try await world.command("CLIENT", "PAUSE", 5_000, "ALL")
        case .full:
            try await world.command("CONFIG", "SET", "maxmemory", "1")
            try await Task.sleep(for: .seconds(5))
            try await world.command("CONFIG", "SET", "maxmemory", "0")
        case .scriptsFlushed:
            try await world.command("SCRIPT", "FLUSH")
        case .away:
            await redis.crash()
            let batch = try await world.submit(Array(repeating: "ms=5", count: 50))
            try await Task.sleep(for: .seconds(FaultLength.current == .full ? 60 : 10))
            // Nothing is handed out, and everything is accepted.
            #expect(try await world.number("SELECT count(*) FROM job_done WHERE batch_id = $1", [.int8(batch)]) == 0)
            try await redis.start()
        case .setBack:
            try await world.command("SAVE")
            let done = try await world.number("SELECT count(*) FROM job_done")
            try await world.ended(done + 100)
            await redis.crash()
            try await redis.start()
        }
    }
}

extension FaultSuite {
    @Suite("Faults of Redis", .serialized)
    struct RedisFaults {
        @Test(
            "7: whatever becomes of Redis, no job is lost or ends twice", .timeLimit(.minutes(4)),
            arguments: FaultLength.sample(1, of: RedisFault.allCases))
        func survives(_ fault: RedisFault) async throws {
            try await FaultWorld.with(.init(ownServers: true, isRedisDurable: fault.isDurable)) { world in
                try await world.submit(Array(repeating: "ms=30", count: 1_200))
                for round in 1...2 {
                    try await world.ended(round * 200)
                    #expect(try await world.terminalsChanged() == [])
                    try await fault.strike(world)
                }
                try await world.settle()
                let later = fault == .away ? 100 : 0
                #expect(try await world.count(ended: 1) == 1_200 + later)
                // Whoever worked went on, and what came of it counts: nobody is suspected, and no attempt is burnt.
                let burnt = "SELECT count(*) FROM job_done WHERE crashes > 0 OR attempt > 1"
                #expect(try await world.number(burnt) == 0)
            }
        }

        @Test("7: a leader that alone is cut off from Redis lets another lead", .timeLimit(.minutes(3)))
        func leaderCutOff() async throws {
            try await FaultWorld.with(.init(ownServers: true, coordinators: 0, workers: 2, window: 100)) { world in
                // Its own way to Redis, which can be taken away.
                let way = world.folder + "/way.sock"
                #expect(symlink(world.redisAddress, way) == 0)
                let old = try await world.startCoordinator(environment: ["TEDI_REDIS": way])
                try await eventually("it leads") { try await world.leader() != nil }
                let next = try await world.startCoordinator()
                try await world.waitForModel()
                try await eventually("the second coordinator listens") { next.output.contains("Listening") }
                try await world.submit(Array(repeating: "ms=10", count: 3_000))
                try await world.ended(200)
                #expect(unlink(way) == 0)
                try await world.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
                let clock = ContinuousClock()
                let start = clock.now
                try await eventually("another leads", within: .seconds(60)) {
                    try await world.leader()?.plan.name == next.plan.name
                }
                print("a leader that was cut off from Redis let another lead after \(start.duration(to: clock.now))")
                #expect(old.isRunning && old.output.contains("let it lead"))
                let done = try await world.number("SELECT count(*) FROM job_done")
                try await world.ended(min(3_000, done + 300))
                #expect(symlink(world.redisAddress, way) == 0)
                try await world.settle()
                #expect(try await world.count(ended: 1) == 3_000)
                #expect(try await world.leader()?.plan.name == next.plan.name, "it is back, and does not push in")
            }
        }
    }
}
