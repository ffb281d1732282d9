import Foundation

/// Measures both contestants in turns.
struct Contest {
    /// One kind of work at one batch size.
    struct Entry {
        var workload: Workload
        var batch: Int
    }

    /// A rate and the peak of its process.
    struct Result {
        /// Images, or images times steps, per second.
        var rate: Double
        /// MB.
        var peak: Double
    }

    let eager: Contestant
    let rounds: Int
    let seconds: Double
    let threads: Int

    /// The batch size at which a contestant is fastest, by one short look at each.
    func best(of contestant: Contestant, _ workload: Workload, batches: [Int]) throws -> Entry {
        var best: (entry: Entry, rate: Double)?
        for batch in batches {
            let found = try result([contestant.measure(workload, batch: batch, seconds: 1, threads: threads)], batch)
            tell(contestant, Entry(workload: workload, batch: batch), found)
            if found.rate > best?.rate ?? 0 { best = (Entry(workload: workload, batch: batch), found.rate) }
        }
        guard let best else { throw BenchError("no batch sizes") }
        return best.entry
    }

    /// Medians of the rounds; in each round every entry has its turn, the yardstick's first.
    func run(eager yardstick: Entry, ours: [Entry]) throws -> (yardstick: Result, ours: [Result]) {
        let entries = [(eager, yardstick)] + ours.map { (Contestant.tedi, $0) }
        var measurements = [[Measurement]](repeating: [], count: entries.count)
        for _ in 0..<rounds {
            for (place, (contestant, entry)) in entries.enumerated() {
                measurements[place].append(
                    try contestant.measure(entry.workload, batch: entry.batch, seconds: seconds, threads: threads))
            }
        }
        let results = zip(entries, measurements).map { entry, list in
            let found = result(list, entry.1.batch)
            tell(entry.0, entry.1, found)
            return found
        }
        return (results[0], Array(results.dropFirst()))
    }

    private func result(_ list: [Measurement], _ batch: Int) -> Result {
        Result(rate: Double(batch) / median(list.map(\.seconds)), peak: median(list.map(\.peakBytes)) / 1e6)
    }

    private func tell(_ contestant: Contestant, _ entry: Entry, _ result: Result) {
        let text = String(
            format: "%@, %@, batch %d: %.3f/s, %.0f MB\n", contestant.name, entry.workload.rawValue, entry.batch,
            result.rate, result.peak)
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
