import Reporting

/// Many workers whose jobs take their time, and whether the queue keeps them busy.
struct Fleet: Figure {
    let name = "fleet"
    private static let workers = 64
    private static let delay = Duration.milliseconds(200)

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        // So many rounds of all workers; the queue's own start and end blur with their number.
        let jobs = Self.workers * (bench.sizes.jobs >= 100_000 ? 100 : 25)
        let drain = try await bench.withSystem { system in
            try await system.withWorkers(2, WorkManner(claim: 1, delay: Self.delay, loops: Self.workers / 2)) {
                try await Drain.measure(system, jobs: jobs)
            }
        }
        let ideal = Double(Self.workers) / (Self.delay / .seconds(1))
        return [
            .rate(
                "64 workers of 200 ms jobs over the ideal, jobs/s", ours: drain.rate, yardstick: ideal, goal: 0.95)
        ]
    }
}
