import Reporting

/// Jobs that do nothing, through coordinator, PostgreSQL, Redis and two workers.
struct EndToEnd: Figure {
    let name = "drain"
    var needsPeers: Bool { true }

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let drain = try await bench.plainDrain()
        let steady = bench.yardsticks.most(\.drainPerSecond)
        let whole = bench.yardsticks.most(\.wholePerSecond)
        var rows: [FigureRow] = [
            .rate(
                "no-op jobs over \(steady?.name ?? "other queues"), 90 to 10 % remaining, jobs/s", ours: drain.rate,
                yardstick: steady?.value, goal: 1.5),
            .rate(
                "no-op jobs over \(whole?.name ?? "other queues"), first to last, jobs/s", ours: drain.wholeRate,
                yardstick: whole?.value, goal: 1.5),
        ]
        for part in ProcessorTime.parts {
            rows.append(FigureRow("processor time of \(part), µs/job", ours: drain.microseconds[part]))
        }
        let least = bench.yardsticks.least(\.microseconds)
        rows.append(
            .cost(
                "processor time of all over \(least?.name ?? "other queues"), µs/job",
                ours: drain.microseconds.values.reduce(0, +), yardstick: least?.value, goal: nil))
        return rows
    }
}
