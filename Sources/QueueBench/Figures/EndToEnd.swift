import Reporting

/// Jobs that do nothing, through coordinator, PostgreSQL, Redis and two workers; in turns with the quickest of the other
/// queues, since the machine is not the same from one minute to the next.
struct EndToEnd: Figure {
    let name = "drain"
    private let turns = 3

    var needsPeers: Bool { true }

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let all = bench.yardsticks
        let quickest = Set([all.most(\.drainPerSecond)?.name, all.most(\.wholePerSecond)?.name].compactMap(\.self))
        var runs: [Yardsticks] = []
        var drains: [Drain] = []
        for _ in 0..<turns {
            if !quickest.isEmpty { runs.append(try await bench.rerun(quickest)) }
            drains += try await bench.plainDrains(1)
        }
        let rivals = Yardsticks(mediansOf: runs)
        let steady = rivals.most(\.drainPerSecond)
        let whole = rivals.most(\.wholePerSecond)
        var rows: [FigureRow] = [
            .rate(
                "no-op jobs over \(steady?.name ?? "other queues"), 90 to 10 % remaining, medians of \(turns) in turns, jobs/s",
                ours: drains.map(\.rate).median, yardstick: steady?.value, goal: 1.5),
            .rate(
                "no-op jobs over \(whole?.name ?? "other queues"), first to last, medians of \(turns) in turns, jobs/s",
                ours: drains.map(\.wholeRate).median, yardstick: whole?.value, goal: 1.5),
        ]
        for part in ProcessorTime.parts {
            rows.append(
                FigureRow("processor time of \(part), µs/job", ours: drains.compactMap { $0.microseconds[part] }.median)
            )
        }
        let least = all.least(\.microseconds)
        rows.append(
            .cost(
                "processor time of all over \(least?.name ?? "other queues"), µs/job",
                ours: drains.map { $0.microseconds.values.reduce(0, +) }.median, yardstick: least?.value, goal: nil))
        return rows
    }
}
