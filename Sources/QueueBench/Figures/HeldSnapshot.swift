import Postgres
import PrivateStack
import Reporting

/// Drains while somebody holds a snapshot open, so that no dead row can be removed; the last of them counts, when the
/// snapshot is oldest.
struct HeldSnapshot: Figure {
    let name = "snapshot"

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let plain = try await bench.plainDrain()
        let sizes = bench.sizes
        let (last, drains) = try await bench.withSystem { system in
            var options = try PostgresOptions(system.servers.postgres.conninfo(database: system.database))
            options.idleInTransactionTimeout = nil
            let holder = PostgresConnection(options)
            try await holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            try await holder.query("SELECT count(*) FROM pg_class")
            let start = ContinuousClock.now
            let result = try await system.withWorkers(2) {
                var last = try await Drain.measure(system, jobs: sizes.jobs)
                var drains = 1
                while ContinuousClock.now - start < sizes.held {
                    last = try await Drain.measure(system, jobs: sizes.jobs)
                    drains += 1
                }
                return (last, drains)
            }
            try await holder.execute("ROLLBACK")
            await holder.close()
            return result
        }
        return [
            .rate(
                "no-op jobs, drain \(drains) under a REPEATABLE READ snapshot held for \(Int(sizes.held / .seconds(1))) s, "
                    + "over none, jobs/s", ours: last.wholeRate, yardstick: plain.wholeRate, goal: 0.8)
        ]
    }
}
