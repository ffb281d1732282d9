import Glibc
import JobAPI
import Postgres
import Testing

extension FaultSuite {
    @Suite("Long jobs side by side", .serialized)
    struct CohortFaults {
        @Test(
            "1: a worker is killed under several long jobs, and each goes on from its checkpoint",
            .timeLimit(.minutes(3)))
        func killed() async throws {
            try await FaultWorld.with(.init(workers: 1)) { world in
                try await world.keepSteps()
                try await world.submit(Array(repeating: "steps=160 ms=20 checkpoint=5", count: 4), kind: .longDrill)
                try await eventually("all have a checkpoint") {
                    try await world.number("SELECT count(*) FROM job_progress WHERE checkpoint_step >= 50") == 4
                }
                world.workers[0].send(SIGKILL)
                try await world.startWorker()
                try await world.settle()
                #expect(try await world.count(ended: 1) == 4)
                // All four are suspected, and each is cleared alone.
                let rows = try await world.query("SELECT attempt::int8, crashes::int8 FROM job_done")
                let ends = try rows.map { "\(try $0.int64(0)) \(try $0.int64(1))" }
                #expect(ends == Array(repeating: "1 1", count: 4), "\(ends)")
                let steps = try await world.stepsAfterResuming()
                #expect(steps.count >= 4 && steps.allSatisfy { $0 > 50 }, "they began anew: \(steps)")
            }
        }

        @Test("1: one of several long jobs takes workers down, and the others suffer once", .timeLimit(.minutes(3)))
        func poison() async throws {
            try await FaultWorld.with(.init(workers: 0)) { world in
                for _ in 0..<2 { try await world.startWorker(isSupervised: true) }
                try await world.waitForModel()
                try await world.submit(
                    Array(repeating: "steps=60 ms=20 checkpoint=5", count: 4) + ["steps=5 crash=9"], kind: .longDrill)
                try await world.settle()
                #expect(try await world.count(ended: 1) == 4)
                let rows = try await world.query("SELECT failure_code, crashes::int8 FROM job_done WHERE state = 2")
                #expect(try rows.map { "\(try $0.string(0)) \(try $0.int64(1))" } == ["poison 3"])
                #expect(try await world.number("SELECT max(crashes)::int8 FROM job_done WHERE state = 1") <= 1)
            }
        }

        @Test("14: a worker that drains hands all of its long jobs on", .timeLimit(.minutes(3)))
        func drained() async throws {
            try await FaultWorld.with(.init(workers: 1)) { world in
                try await world.keepSteps()
                try await world.submit(Array(repeating: "steps=200 ms=20 checkpoint=5", count: 3), kind: .longDrill)
                try await eventually("all have a checkpoint") {
                    try await world.number("SELECT count(*) FROM job_progress WHERE checkpoint_step >= 50") == 3
                }
                let first = try #require(world.workers.first)
                first.send(SIGTERM)
                #expect(try await first.ended() == 0)
                try await world.startWorker()
                try await world.settle()
                let rows = try await world.query("SELECT attempt::int8, crashes::int8, state::int8 FROM job_done")
                #expect(
                    try rows.map { row in try (0..<3).map { try row.int64($0) } }
                        == Array(repeating: [1, 0, 1], count: 3))
                let steps = try await world.stepsAfterResuming()
                #expect(steps.count >= 3 && steps.allSatisfy { $0 > 50 }, "they began anew: \(steps)")
            }
        }

        @Test("14: something urgent comes between long jobs, and they go on afterwards", .timeLimit(.minutes(3)))
        func urgent() async throws {
            try await FaultWorld.with(.init(workers: 1)) { world in
                try await world.submit(Array(repeating: "steps=600 ms=20 checkpoint=5", count: 3), kind: .longDrill)
                try await eventually("all have a checkpoint") {
                    try await world.number("SELECT count(*) FROM job_progress WHERE checkpoint_step >= 5") == 3
                }
                let urgent = try await world.submit(["ms=1"], band: .interactive)
                try await eventually("the urgent one is done") {
                    try await world.number("SELECT count(*) FROM job_done WHERE batch_id = $1", [.int8(urgent)]) == 1
                }
                let steps = try await world.number("SELECT max(step)::int8 FROM job_progress")
                #expect(try await world.number("SELECT count(*) FROM job_done") == 1, "after \(steps) steps")
                print("something urgent was done when the long jobs had made \(steps) of 600 steps")
                try await world.settle()
                #expect(try await world.count(ended: 1) == 4)
            }
        }
    }
}
