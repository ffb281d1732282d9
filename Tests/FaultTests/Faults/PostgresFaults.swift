import Foundation
import Glibc
import Postgres
import PrivateStack
import Testing

/// What happens to PostgreSQL.
enum PostgresFault: String, CaseIterable {
    case stoppedFast, stoppedImmediately, killed, backendsTerminated, statementsCancelled, connectionsExhausted,
        readOnly

    /// Does it to the PostgreSQL of a world, and ends it.
    func strike(_ world: FaultWorld) async throws {
        guard let postgres = world.postgres else { return }
        switch self {
        case .stoppedFast:
            try await postgres.stop()
            try await postgres.start()
        case .stoppedImmediately:
            if let id = postgres.processID { kill(id, SIGQUIT) }
            try await eventually("PostgreSQL has ended") { postgres.processID == nil }
            try await postgres.start()
        case .killed:
            await postgres.crash()
            try await postgres.start()
        case .backendsTerminated:
            try await each(.milliseconds(500), for: .seconds(4), "SELECT pg_terminate_backend(pid)", in: world)
        case .statementsCancelled:
            // What a statement timeout that is far too short does: the same error, in the middle of anything.
            try await each(.milliseconds(5), for: .seconds(4), "SELECT pg_cancel_backend(pid)", in: world)
        case .connectionsExhausted: try await exhaust(world)
        case .readOnly:
            try await set(world, "on")
            try await Task.sleep(for: .seconds(4))
            try await set(world, "off")
        }
    }

    private func each(
        _ pause: Duration, for time: Duration, _ statement: String, in world: FaultWorld
    ) async throws {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {
            _ = try? await world.query(
                "\(statement) FROM pg_stat_activity WHERE application_name = 'tedi-coordinator'")
            try await Task.sleep(for: pause)
        }
    }

    private func set(_ world: FaultWorld, _ value: String) async throws {
        _ = try await world.query("ALTER SYSTEM SET default_transaction_read_only = \(value)")
        _ = try await world.query("SELECT pg_reload_conf()")
    }

    /// Takes every connection that is left, ends those of the coordinators, and takes these too.
    private func exhaust(_ world: FaultWorld) async throws {
        var taken: [PostgresConnection] = []
        let end = ContinuousClock.now + .seconds(5)
        while ContinuousClock.now < end {
            let connection = PostgresConnection(try PostgresOptions(world.conninfo, applicationName: "tedi-greedy"))
            do {
                try await connection.query("SELECT 1")
                taken.append(connection)
            } catch {
                await connection.close()
                _ = try? await world.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE application_name = 'tedi-coordinator' LIMIT 3
                    """)
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        for connection in taken { await connection.close() }
    }
}

extension FaultSuite {
    @Suite("Faults of PostgreSQL", .serialized)
    struct PostgresFaults {
        @Test(
            "8: whatever becomes of PostgreSQL, no job is lost or ends twice", .timeLimit(.minutes(4)),
            arguments: FaultLength.sample(1, of: PostgresFault.allCases))
        func survives(_ fault: PostgresFault) async throws {
            try await FaultWorld.with(.init(ownServers: true)) { world in
                try await world.submit(Array(repeating: "ms=30", count: 1_200))
                for round in 1...2 {
                    try await world.ended(round * 200)
                    #expect(try await world.terminalsChanged() == [])
                    try await fault.strike(world)
                }
                // A batch that arrives afterwards shows that everything is back in service.
                try await world.submit(Array(repeating: "ms=1", count: 50))
                try await world.settle()
                #expect(try await world.count(ended: 1) == 1_250)
            }
        }

        @Test(
            "8: the disk of the tables is full for a while", .timeLimit(.minutes(3)),
            .enabled(if: geteuid() == 0, "only root can mount a small disk"))
        func full() async throws {
            try await FaultWorld.with(.init(ownServers: true)) { world in
                let disk = world.folder + "/disk"
                guard try await world.moveTables(to: disk) else { return }
                defer { umount2(disk, CInt(MNT_DETACH)) }
                try await world.submit(Array(repeating: "ms=30", count: 1_200))
                try await world.ended(200)
                try await world.fillTables()
                try await eventually("the coordinator says so") {
                    world.coordinators.contains { $0.output.contains("No space left on device") }
                }
                let later = Array(repeating: "ms=1", count: 2_000)
                await #expect(throws: NotInTime.self, "what cannot be kept is not accepted") {
                    try await world.submit(later, key: "later", within: .seconds(5))
                }
                // Longer than a lease: what workers have done waits in the stream.
                try await Task.sleep(for: .seconds(4))
                #expect(mount("tedi-faults", disk, "tmpfs", UInt(MS_REMOUNT), "size=500m") == 0)
                try await world.submit(later, key: "later")
                try await world.settle()
                #expect(try await world.count(ended: 1) == 3_200)
                #expect(try await world.number("SELECT count(*) FROM job_done WHERE attempt > 1 OR crashes > 0") == 0)
            }
        }
    }
}
