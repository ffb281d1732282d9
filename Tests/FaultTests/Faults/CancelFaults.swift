import Client
import Foundation
import Glibc
import JobAPI
import Postgres
import Redis
import Testing

extension FaultSuite {
    @Suite("Calling off, pausing, draining", .serialized)
    struct CancelFaults {
        @Test("13: 100,000 jobs are called off while some run", .timeLimit(.minutes(5)))
        func cancelMany() async throws {
            try await FaultWorld.with { world in
                let count = FaultLength.current == .quick ? 20_000 : 100_000
                let batch = try await world.submit(Array(repeating: "ms=50", count: count))
                try await world.ended(20)
                let clock = ContinuousClock()
                let start = clock.now
                let view = try await world.withClient { try await $0.cancel(batch: batch) }
                let answered = start.duration(to: clock.now)
                #expect([.cancelling, .cancelled].contains(view.state))
                // Marking the batch is one row; the limit is for a machine that builds something beside.
                #expect(answered < .seconds(2))
                try await world.settle()
                print(
                    "calling \(count) jobs off: answered in \(answered), all over in \(start.duration(to: clock.now))")
                #expect(try await world.count(ended: 3) > count / 2)
            }
        }

        @Test(
            "13: a long job that is called off stops within a beat or two", .timeLimit(.minutes(3)),
            arguments: [false, true])
        func cancelLong(isWithoutRedis: Bool) async throws {
            try await FaultWorld.with(.init(workers: 1, isWithoutRedis: isWithoutRedis)) { world in
                let batch = try await world.submit(["steps=100000 ms=20"], kind: .longDrill)
                try await eventually("the job makes steps") {
                    try await world.number("SELECT count(*) FROM job_progress") == 1
                }
                // The one worker can begin another job only when the loop of steps has ended.
                let next = try await world.submit(["noop"])
                #expect(try await world.number("SELECT count(*) FROM job_done") == 0)
                _ = try await world.withClient { try await $0.cancel(batch: batch) }
                let clock = ContinuousClock()
                let answered = clock.now
                try await eventually("the worker has gone on") {
                    try await world.number("SELECT count(*) FROM job_done WHERE batch_id = $1", [.int8(next)]) == 1
                }
                let time = answered.duration(to: clock.now)
                print("a long job that was called off made room after \(time)")
                // The cancel rings for the coordinator, which ends the job and marks it; the next beat of the worker,
                // at most one later, says so, and the loop ends with the step that is under way (20 ms). Then the other
                // job is claimed, done and recorded. In all little more than one beat; the rest is for a machine that is
                // busy with something beside.
                #expect(time < FaultWorld.beat * 2 + FaultLength.patience)
                let worker = try #require(world.workers.first)
                #expect(worker.drops.count == 1, "it was not told, but ended otherwise")
                try await world.settle()
                #expect(try await world.count(ended: 3) == 1)
            }
        }

        @Test("13: calling off while jobs are claimed and finished", .timeLimit(.minutes(3)))
        func cancelRace() async throws {
            try await FaultWorld.with { world in
                for round in 0..<(FaultLength.current == .quick ? 5 : 15) {
                    let batch = try await world.submit(Array(repeating: "ms=\(1 + round % 4)", count: 60))
                    try await Task.sleep(for: .milliseconds(round * 15))
                    _ = try await world.withClient { try await $0.cancel(batch: batch) }
                }
                try await world.settle()
            }
        }

        @Test(
            "13: single jobs are called off before their turn, and the others still have theirs",
            .timeLimit(.minutes(3)))
        func cancelSingly() async throws {
            try await FaultWorld.with(.init(window: 16)) { world in
                let batch = try await world.submit(Array(repeating: "ms=20", count: 600))
                let ids = try await world.query(
                    "SELECT id FROM job WHERE batch_id = $1 AND line >= 400 AND line % 10 = 0", [.int8(batch)]
                ).map { try $0.int64(0) }
                for id in ids { _ = try await world.withClient { try await $0.cancel(job: id) } }
                try await world.settle()
                #expect(try await world.count(ended: 3) == ids.count)
                #expect(try await world.count(ended: 1) == 600 - ids.count)
            }
        }

        @Test("14: a batch is paused and resumed again and again", .timeLimit(.minutes(3)))
        func pauses() async throws {
            try await FaultWorld.with { world in
                let batch = try await world.submit(Array(repeating: "ms=20", count: 1_000))
                for round in 1...3 {
                    try await world.ended(round * 50)
                    _ = try await world.withClient { try await $0.pause(batch: batch) }
                    try await eventually("nothing of it is handed out") {
                        try await world.number("SELECT live FROM batch_count WHERE id = $1", [.int8(batch)]) == 0
                    }
                    let ended = try await world.number("SELECT count(*) FROM job_done")
                    _ = try await world.withClient { try await $0.resume(batch: batch) }
                    try await world.ended(ended + 1)
                }
                try await world.settle()
                #expect(try await world.count(ended: 1) == 1_000)
            }
        }

        @Test("14: a worker that drains hands its long job on from the last checkpoint", .timeLimit(.minutes(3)))
        func drain() async throws {
            try await FaultWorld.with(.init(workers: 1)) { world in
                try await world.keepSteps()
                try await world.submit(["steps=200 ms=20 checkpoint=5"], kind: .longDrill)
                try await eventually("a checkpoint is recorded") {
                    try await world.number("SELECT count(*) FROM job_progress WHERE checkpoint_step >= 50") == 1
                }
                let first = try #require(world.workers.first)
                first.send(SIGTERM)
                #expect(try await first.ended() == 0)
                try await world.startWorker()
                try await world.settle()
                let row = try await world.query("SELECT attempt::int8, crashes::int8, state::int8 FROM job_done")[0]
                #expect(try (0..<3).map { try row.int64($0) } == [1, 0, 1])
                let steps = try await world.stepsAfterResuming()
                #expect(!steps.isEmpty && steps.allSatisfy { $0 > 50 }, "it began anew: \(steps)")
            }
        }

        @Test("14: a second SIGTERM gives everything back at once", .timeLimit(.minutes(3)))
        func twoSignals() async throws {
            try await FaultWorld.with(.init(workers: 1)) { world in
                try await world.submit(["hang=1"])
                let first = try #require(world.workers.first)
                try await eventually("the job runs") {
                    try await world.command("ZCARD", .string("tedi:{\(world.namespace)}:leases")).int64() == 1
                }
                first.send(SIGTERM)
                try await eventually("it drains") { first.output.contains("Draining") }
                first.send(SIGTERM)
                try await first.ended(within: .seconds(8))
                try await eventually("the job came back") {
                    try await world.number("SELECT count(*) FROM job_attempt WHERE outcome = 2") == 1
                }
                // It would hang again: an attempt that was given back does not count.
                let batch = try await world.number("SELECT max(id) FROM batch")
                _ = try await world.withClient { try await $0.cancel(batch: Int64(batch)) }
                try await world.startWorker()
                try await world.settle()
            }
        }
    }
}
