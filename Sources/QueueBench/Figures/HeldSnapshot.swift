import Postgres
import PrivateStack
import Reporting

/// Drains while somebody holds a snapshot open, so that no dead row can be removed; the last of them count, when the
/// snapshot is oldest, and beside them as many right afterwards without one: the machine is not the same from one minute
/// to the next.
struct HeldSnapshot: Figure {
    let name = "snapshot"

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let sizes = bench.sizes
        let rates = try await bench.withSystem { system in
            var options = try PostgresOptions(system.servers.postgres.conninfo(database: system.database))
            options.idleInTransactionTimeout = nil
            let holder = PostgresConnection(options)
            try await holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            try await holder.query("SELECT count(*) FROM pg_class")
            let start = ContinuousClock.now
            let result = try await system.withWorkers(2) {
                var rates = [try await Drain.measure(system, jobs: sizes.jobs).wholeRate]
                while ContinuousClock.now - start < sizes.held {
                    rates.append(try await Drain.measure(system, jobs: sizes.jobs).wholeRate)
                }
                return rates
            }
            try await holder.execute("ROLLBACK")
            await holder.close()
            return result
        }
        let last = Array(rates.suffix(5))
        let plain = try await bench.plainDrains(last.count).map(\.wholeRate)
        let held = Int(sizes.held / .seconds(1))
        return [
            .rate(
                "no-op jobs, median of the last \(last.count) of \(rates.count) drains under a REPEATABLE READ snapshot "
                    + "held for \(held) s, over the median of \(plain.count) right afterwards, jobs/s",
                ours: last.median, yardstick: plain.median, goal: 0.8)
        ]
    }
}
