import Postgres
import PrivateStack

/// A drain while somebody holds a snapshot open, so that no dead row can be removed.
struct HeldSnapshot: Figure {
    let name = "snapshot"

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let plain = try await bench.plainDrain()
        let jobs = bench.sizes.jobs
        let drain = try await bench.withSystem { system in
            var options = try PostgresOptions(system.servers.postgres.conninfo(database: system.database))
            options.idleInTransactionTimeout = nil
            let holder = PostgresConnection(options)
            try await holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            try await holder.query("SELECT count(*) FROM pg_class")
            let drain = try await system.withWorkers(2) { try await Drain.measure(system, jobs: jobs) }
            try await holder.execute("ROLLBACK")
            await holder.close()
            return drain
        }
        return [
            .rate(
                "no-op jobs with a REPEATABLE READ snapshot held open, over none, jobs/s", ours: drain.wholeRate,
                yardstick: plain.wholeRate, goal: 0.8)
        ]
    }
}
