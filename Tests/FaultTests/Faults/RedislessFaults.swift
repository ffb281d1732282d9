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
                try await world.keepSteps()
                try await world.submit(["steps=80 ms=50 checkpoint=5"], kind: .longDrill)
                try await eventually("a checkpoint is reported") {
                    try await world.number("SELECT count(*) FROM job_progress WHERE checkpoint_step >= 40") == 1
                }
                world.workers[0].send(SIGKILL)
                try await world.startWorker()
                try await world.settle()
                #expect(try await world.count(ended: 1) == 1)
                let steps = try await world.number("SELECT max(step)::int8 FROM job_progress")
                #expect(steps == 80)
                let resumed = try await world.stepsAfterResuming()
                #expect(!resumed.isEmpty && resumed.allSatisfy { $0 > 40 }, "it began anew: \(resumed)")
            }
        }

        /// What a worker asks needs no leader, only a coordinator: retries and lost leases need one.
        @Test(
            "7: of two coordinators the leader is killed, which is the one that workers talk to or the other",
            .timeLimit(.minutes(3)), arguments: FaultLength.sample(1, of: [false, true]))
        func leader(isDoor: Bool) async throws {
            try await FaultWorld.with(.init(coordinators: 0, workers: 0, isWithoutRedis: true)) { world in
                let first = try await world.startCoordinator()
                try await eventually("the first one leads") {
                    try await world.leader()?.plan.name == first.plan.name
                }
                let second = try await world.startCoordinator()
                let door = try await world.address(of: isDoor ? first : second)
                for _ in 0..<3 { try await startWorker(via: door, in: world) }
                try await world.waitForModel()
                try await world.submit(
                    Array(repeating: "ms=20", count: 600)
                        + Array(repeating: "ms=1 fail=1 retry_after=200", count: 20))
                try await world.ended(50)
                try await first.kill()
                if isDoor {
                    // A worker knows one address: whoever supervises the coordinator starts it again there.
                    try await startCoordinator(at: door, in: world)
                } else {
                    // What it has comes back only by somebody who leads.
                    world.workers.first?.send(SIGKILL)
                }
                try await eventually("another one leads", within: .seconds(30)) {
                    guard let leader = try await world.leader() else { return false }
                    return leader.plan.name != first.plan.name
                }
                #expect(try await world.terminalsChanged() == [])
                try await world.settle()
                #expect(try await world.count(ended: 1) == 620)
                #expect(try await world.number("SELECT count(*) FROM job_done WHERE attempt = 2") == 20)
                #expect(try await world.number("SELECT term FROM leader") > 1)
            }
        }

        private func startWorker(via address: String, in world: FaultWorld) async throws {
            _ = try await world.launch(
                world.plan(world.nextName("worker"), "tedi-drill", [], environment: ["TEDI_API": address]))
        }

        private func startCoordinator(at address: String, in world: FaultWorld) async throws {
            let name = world.nextName("coordinator")
            _ = try await world.launch(
                world.plan(
                    name, "tedi-coordinator",
                    [
                        "serve", "--address-file", "\(world.folder)/\(name).address", "--listen",
                        String(address.dropFirst("http://".count)),
                    ], environment: [:]))
        }
    }
}
