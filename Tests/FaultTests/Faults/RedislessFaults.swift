import Foundation
import Glibc
import JobAPI
import Testing

extension FaultSuite {
    @Suite("Without Redis", .serialized)
    struct RedislessFaults {
        @Test("7: workers claim over HTTP; one is killed, one stands still beyond its lease", .timeLimit(.minutes(3)))
        func workers() async throws {
            try await FaultWorld.with(.init(workers: 3, isWithoutRedis: true)) { world in
                try await world.submit(
                    Array(repeating: "ms=20", count: 600) + ["fail=1 retry_after=50", "refuse"])
                try await eventually("some are done") { try await world.count(ended: 1) > 20 }
                let (killed, stopped) = (world.workers[0], world.workers[1])
                killed.send(SIGKILL)
                stopped.send(SIGSTOP)
                try await world.finishAll()
                #expect(try await world.terminalsChanged() == [])
                stopped.send(SIGCONT)
                stopped.send(SIGTERM)
                #expect(try await stopped.ended() == 0)
                try await world.settle()
                #expect(try await world.count(ended: 1) == 601)
                #expect(try await world.number("SELECT count(*) FROM job_done WHERE crashes > 0") > 0)
            }
        }

        @Test("7: a long job goes on from its checkpoint, and makes room", .timeLimit(.minutes(3)))
        func longJob() async throws {
            try await FaultWorld.with(.init(workers: 1, isWithoutRedis: true)) { world in
                try await world.submit(["steps=80 ms=50 checkpoint=5"], kind: .longDrill)
                try await eventually("a checkpoint is reported") {
                    try await world.number("SELECT count(*) FROM job_progress WHERE checkpoint IS NOT NULL") == 1
                }
                world.workers[0].send(SIGKILL)
                try await world.startWorker()
                try await world.settle()
                #expect(try await world.count(ended: 1) == 1)
                let steps = try await world.number("SELECT max(step)::int8 FROM job_progress")
                #expect(steps == 80)
            }
        }
    }
}
