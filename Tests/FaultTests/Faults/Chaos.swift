import Foundation
import Glibc
import Postgres
import PrivateStack
import Redis
import Testing

/// One blow of the chaos run.
private enum Blow: String, CaseIterable {
    case killWorker, stopWorker, killCoordinator, stopCoordinator, flushRedis, killRedis, pauseRedis, flushScripts
    case killPostgres, restartPostgres, terminateBackends
}

extension FaultSuite {
    @Suite("Chaos", .serialized)
    struct Chaos {
        private static var seed: UInt64 {
            let text = ProcessInfo.processInfo.environment["TEDI_FAULT_SEED"] ?? ""
            return UInt64(text) ?? UInt64.random(in: 1...999_999)
        }

        private static var jobs: Int {
            switch FaultLength.current {
            case .quick, .short: 1_500
            case .full: 10_000
            }
        }

        @Test("Everything at once: none lost, none doubled, none corrupt", .timeLimit(.minutes(60)))
        func everything() async throws {
            let seed = Self.seed
            print("chaos: seed \(seed), \(Self.jobs) jobs (TEDI_FAULT_SEED=\(seed) repeats the blows)")
            try await FaultWorld.with(.init(ownServers: true, coordinators: 0, workers: 0)) { world in
                for _ in 0..<2 { try await world.startCoordinator(isSupervised: true) }
                for _ in 0..<3 { try await world.startWorker(isSupervised: true) }
                try await world.waitForModel()
                let submitting = Task {
                    for _ in 0..<5 {
                        try await world.submit(
                            Array(repeating: "ms=60", count: Self.jobs / 5), within: .seconds(300))
                    }
                }
                var generator = SeededGenerator(seed: seed)
                var counts: [String: Int] = [:]
                let blows = Self.jobs / 75
                for _ in 0..<blows {
                    let blow = Blow.allCases[Int.random(in: 0..<Blow.allCases.count, using: &generator)]
                    let pause = Int.random(in: 200...2_500, using: &generator)
                    let choice = Int.random(in: 0..<1_000, using: &generator)
                    counts[blow.rawValue, default: 0] += 1
                    try await strike(blow, choice, world)
                    try await Task.sleep(for: .milliseconds(pause))
                    if let changed = try? await world.terminalsChanged() { #expect(changed == []) }
                }
                for daemon in world.daemons { daemon.send(SIGCONT) }
                try await submitting.value
                try await world.settle(within: .seconds(600))
                print("chaos: \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
                let rows = try await world.query(
                    """
                    SELECT count(*), count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE crashes > 0),
                        count(*) FILTER (WHERE failure_code = 'poison'), (SELECT count(*) FROM job_attempt)
                    FROM job_done
                    """)
                let values = try (0..<5).map { try rows[0].int64($0) }
                print(
                    "chaos: \(values[0]) ended, \(values[1]) succeeded, \(values[2]) after crashes, \(values[3]) given "
                        + "up after three, \(values[4]) executions that ended nothing")
                #expect(values[0] == Self.jobs)
                #expect(values[1] + values[3] == values[0])
                // Workers are killed under innocent jobs too, but hardly three times under the same.
                #expect(values[3] <= values[0] / 200)
            }
        }

        private func strike(_ blow: Blow, _ choice: Int, _ world: FaultWorld) async throws {
            func pick(_ daemons: [Daemon]) -> Daemon? { daemons.isEmpty ? nil : daemons[choice % daemons.count] }
            guard let redis = world.redis, let postgres = world.postgres else { return }
            switch blow {
            case .killWorker: pick(world.workers)?.send(SIGKILL)
            case .killCoordinator: pick(world.coordinators)?.send(SIGKILL)
            case .stopWorker: pause(pick(world.workers), .seconds(5))
            case .stopCoordinator: pause(pick(world.coordinators), .seconds(8))
            case .flushRedis:
                try await eventually("Redis is flushed") {
                    try await world.command("FLUSHALL")
                    return true
                }
            case .flushScripts: _ = try? await world.command("SCRIPT", "FLUSH")
            case .pauseRedis: _ = try? await world.command("CLIENT", "PAUSE", 2_000, "ALL")
            case .killRedis:
                await redis.crash()
                try await redis.start()
            case .killPostgres:
                await postgres.crash()
                try await postgres.start()
            case .restartPostgres:
                try await postgres.stop()
                try await postgres.start()
            case .terminateBackends:
                _ = try? await world.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tedi-coordinator'
                    """)
            }
        }

        private func pause(_ daemon: Daemon?, _ time: Duration) {
            daemon?.send(SIGSTOP)
            Task {
                try? await Task.sleep(for: time)
                daemon?.send(SIGCONT)
            }
        }
    }
}
