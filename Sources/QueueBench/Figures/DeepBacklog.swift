import Client
import JobAPI
import Reporting

/// Drains behind millions of finished jobs and before a long queue, between drains of an empty database: medians, since
/// one drain of a few seconds sees whatever else the machine does.
///
/// Both between 90 % and 10 % of the watched jobs remaining: the last jobs of an empty database end while nothing is
/// handed out beside them, those before a long queue do not.
struct DeepBacklog: Figure {
    let name = "backlog"
    private let rounds = 5

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let sizes = bench.sizes
        let before = try await plainRates(bench)
        let rates = try await bench.withSystem { system in
            Progress.say("writing \(sizes.finished) finished jobs")
            try await Seeding.finish(sizes.finished, in: system)
            return try await system.withWorkers(2) {
                var rates: [Double] = []
                for _ in 0..<rounds {
                    let drain = try await Drain.measure(
                        system, jobs: sizes.queued, watched: min(sizes.jobs, sizes.queued), isSettled: true)
                    Progress.say("drained at \(Int(drain.rate)) jobs/s behind them")
                    rates.append(drain.rate)
                    try await Self.cancelRest(of: drain.batch, in: system)
                }
                return rates
            }
        }
        let plain = (before + (try await plainRates(bench))).sorted()
        return [
            .rate(
                "no-op jobs with \(sizes.finished) finished and \(sizes.queued) queued, median of \(rates.count) drains, "
                    + "over the median of \(plain.count) with none, jobs/s",
                ours: rates.sorted()[rates.count / 2], yardstick: plain[plain.count / 2], goal: 0.9)
        ]
    }

    private func plainRates(_ bench: Bench) async throws -> [Double] {
        try await bench.withSystem { system in
            try await system.withWorkers(2) {
                var rates: [Double] = []
                for _ in 0..<rounds {
                    let drain = try await Drain.measure(system, jobs: bench.sizes.jobs, isSettled: true)
                    Progress.say("drained at \(Int(drain.rate)) jobs/s with none")
                    rates.append(drain.rate)
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
