import Foundation

/// Measures both contestants in turns.
struct Contest {
    /// A rate and the peak of its process, of both.
    struct Outcome {
        var ours: Double
        var yardstick: Double
        /// MB.
        var peak: Double
        /// MB.
        var yardstickPeak: Double
    }

    let eager: Contestant
    let rounds: Int
    let seconds: Double
    let threads: Int

    /// Images per second, each at the best of its batch sizes.
    func images(batches: [Int]) throws -> Outcome {
        let outcomes = try batches.map { try outcome(.images, batch: $0) }
        let best = outcomes.max { $0.ours < $1.ours }
        let bestYardstick = outcomes.max { $0.yardstick < $1.yardstick }
        guard let best, let bestYardstick else { throw BenchError("no batch sizes") }
        return Outcome(
            ours: best.ours, yardstick: bestYardstick.yardstick, peak: best.peak,
            yardstickPeak: bestYardstick.yardstickPeak)
    }

    /// Images times steps per second.
    func steps(batch: Int) throws -> Outcome { try outcome(.steps, batch: batch) }

    private func outcome(_ workload: Workload, batch: Int) throws -> Outcome {
        var ours: [Measurement] = []
        var theirs: [Measurement] = []
        for _ in 0..<rounds {
            ours.append(try Contestant.tedi.measure(workload, batch: batch, seconds: seconds, threads: threads))
            theirs.append(try eager.measure(workload, batch: batch, seconds: seconds, threads: threads))
        }
        func rate(_ list: [Measurement]) -> Double { Double(batch) / median(list.map(\.seconds)) }
        func peak(_ list: [Measurement]) -> Double { median(list.map(\.peakBytes)) / 1e6 }
        let outcome = Outcome(
            ours: rate(ours), yardstick: rate(theirs), peak: peak(ours), yardstickPeak: peak(theirs))
        let text = String(
            format: "%@, batch %d: %.3f/s beside %.3f/s (%.2fx), %.0f MB beside %.0f MB", workload.rawValue, batch,
            outcome.ours, outcome.yardstick, outcome.ours / outcome.yardstick, outcome.peak, outcome.yardstickPeak)
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
        return outcome
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
