import Reporting

/// A drain behind millions of finished jobs and before a long queue.
struct DeepBacklog: Figure {
    let name = "backlog"

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let sizes = bench.sizes
        let plain = try await bench.withSystem { system in
            try await system.withWorkers(2) { try await Drain.measure(system, jobs: sizes.jobs, isSettled: true) }
        }
        let drain = try await bench.withSystem { system in
            Progress.say("writing \(sizes.finished) finished jobs")
            try await Seeding.finish(sizes.finished, in: system)
            return try await system.withWorkers(2) {
                try await Drain.measure(
                    system, jobs: sizes.queued, watched: min(sizes.jobs, sizes.queued), isSettled: true)
            }
        }
        return [
            .rate(
                "no-op jobs with \(sizes.finished) finished and \(sizes.queued) queued, over none, jobs/s",
                ours: drain.wholeRate, yardstick: plain.wholeRate, goal: 0.9)
        ]
    }
}
