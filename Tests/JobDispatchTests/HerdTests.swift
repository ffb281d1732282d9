import Jobs
import PrivateStack
import Redis
import TestServers
import Testing

@testable import JobDispatch

/// Many workers at one Redis, which all lose it in the same moment.
@Suite("A herd of workers", .timeLimit(.minutes(5)))
struct HerdTests {
    private static let count = 200
    private static let numbers = DispatchConfiguration(namespace: "herd", lease: .seconds(12), beat: .seconds(1))

    /// Beats as a worker does: it announces itself where Redis does not know it, and tries again where none answers.
    private static func live(_ dispatch: JobDispatch, as name: WorkerName) async {
        let announcement = WorkerAnnouncement(
            name: name, host: "host", version: "1", device: "cpu", capacity: 1, models: [])
        while !Task.isCancelled {
            if let report = try? await dispatch.beat([], by: name), !report.isRegistered {
                try? await dispatch.register(announcement)
            }
            try? await Task.sleep(for: numbers.beat)
        }
    }

    /// Waits until all have beaten after a moment; how long after it.
    private static func back(_ leader: JobDispatch, since start: ContinuousClock.Instant) async throws -> Duration {
        let areBack = try await eventually {
            // Beats that were within this time before the look came after the start.
            let time = ContinuousClock.now - start
            guard let workers = try? await leader.workers() else { return false }
            return workers.count { $0.silence < time } == count
        }
        #expect(areBack, "not all \(count) workers came back")
        return ContinuousClock.now - start
    }

    @Test("Two hundred workers whose connections break, and whose Redis forgets them, beat again within seconds")
    func reconnecting() async throws {
        try await TestServers.shared.withDedicatedRedis(isDurable: false) { server in
            let options = try RedisOptions(address: server.address)
            let leader = JobDispatch(options, configuration: Self.numbers)
            let workers = (0..<Self.count).map { _ in JobDispatch(options, configuration: Self.numbers) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, worker) in workers.enumerated() {
                    group.addTask { await Self.live(worker, as: WorkerName(sanitizing: "worker-\(number)")) }
                }
                _ = try await Self.back(leader, since: .now)

                let admin = RedisConnection(options)
                let broken = ContinuousClock.now
                // Each has one for its beats and one for its announcement.
                #expect(try await admin.command("CLIENT", "KILL", "TYPE", "normal").int64() >= 2 * Int64(Self.count))
                let afterBreak = try await Self.back(leader, since: broken)
                await admin.close()

                let killed = ContinuousClock.now
                await server.crash()
                try await server.start()
                let afterRestart = try await Self.back(leader, since: killed)
                print("\(Self.count) workers beat again after \(afterBreak), and after a restart \(afterRestart)")
                group.cancelAll()
            }
            for dispatch in workers + [leader] { await dispatch.close() }
        }
    }
}
