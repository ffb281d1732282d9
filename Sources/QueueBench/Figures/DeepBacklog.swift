import Client
import JobAPI
import Reporting

/// Drains behind millions of finished jobs and before a long queue, in turns with drains of an empty database: the
/// machine is not the same from one minute to the next, and one drain of a few seconds sees whatever else it does.
///
/// Both between 90 % and 10 % of the watched jobs remaining: the last jobs of an empty database end while nothing is
/// handed out beside them, those before a long queue do not.
struct DeepBacklog: Figure {
    let name = "backlog"
    private let turns = 4
    private let drainsPerTurn = 2

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let sizes = bench.sizes
        var plain: [Double] = []
        var deep: [Double] = []
        for turn in 0..<turns {
            plain += try await bench.plainDrains(drainsPerTurn, isSettled: true).map(\.rate)
            deep += try await deepRates(bench, isFirst: turn == 0)
        }
        plain += try await bench.plainDrains(drainsPerTurn, isSettled: true).map(\.rate)
        try await Self.database(isNew: false).drop(on: bench.servers)
        return [
            .rate(
                "no-op jobs with \(sizes.finished) finished and \(sizes.queued) queued, median of \(deep.count) drains, "
                    + "over the median of \(plain.count) with none, in turns, jobs/s",
                ours: deep.median, yardstick: plain.median, goal: 0.9)
        ]
    }

    private static func database(isNew: Bool) -> BenchDatabase { BenchDatabase(name: "bench_deep", isNew: isNew) }

    private func deepRates(_ bench: Bench, isFirst: Bool) async throws -> [Double] {
        let sizes = bench.sizes
        return try await bench.withSystem(on: Self.database(isNew: isFirst)) { system in
            if isFirst {
                Progress.say("writing \(sizes.finished) finished jobs")
                try await Seeding.finish(sizes.finished, in: system)
            }
            return try await system.withWorkers(2) {
                var rates: [Double] = []
                for _ in 0..<drainsPerTurn {
                    let drain = try await Drain.measure(
                        system, jobs: sizes.queued, watched: min(sizes.jobs, sizes.queued), isSettled: true)
                    Progress.say("drained at \(Int(drain.rate)) jobs/s from 90 to 10 % behind finished ones")
                    rates.append(drain.rate)
                    try await Self.cancelRest(of: drain.batch, in: system)
                }
                return rates
            }
        }
    }

    /// Ends what is still queued of a batch, so that it does not run beside the next drain.
    private static func cancelRest(of batch: Int64, in system: System) async throws {
        var view = try await system.client.cancel(batch: batch)
        let start = ContinuousClock.now
        while view.finishedAt == nil {
            guard ContinuousClock.now - start < .seconds(600) else {
                throw BenchError("the rest of batch \(batch) was not cancelled within 600 s. Look at the logs.")
            }
            try await Task.sleep(for: .milliseconds(200))
            view = try await system.client.batch(batch)
        }
    }
}
