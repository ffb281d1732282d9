import Glibc
package import JobAPI

/// Follows the counts of a batch and estimates rate and remaining time; knows no clock and no screen.
package struct ProgressMeter: Equatable {
    /// Time after which an observation has lost 63 % of its weight.
    package static let memory = 10.0

    package private(set) var counts: Counts
    /// Ended jobs; never goes back, even if an answer is older than the one before.
    package private(set) var finished: Int
    /// Images per second; nil before anything was seen to end.
    package private(set) var rate: Double?
    /// Seconds since the first observation.
    package private(set) var elapsed: Double
    private var lastChange: Double

    package init(_ counts: Counts) {
        self.counts = counts
        finished = counts.finished
        elapsed = 0
        lastChange = 0
    }

    /// Takes new counts, `elapsed` seconds after the first observation.
    package mutating func observe(_ counts: Counts, elapsed now: Double) {
        let step = now - lastChange
        let ended = max(counts.finished - finished, 0)
        self.counts = counts
        finished += ended
        elapsed = max(now, elapsed)
        guard step > 0 else { return }
        let sample = Double(ended) / step
        if let rate {
            // Exponentially weighted by time, so that it does not matter how often one looks.
            let weight = exp(-step / Self.memory)
            self.rate = rate * weight + sample * (1 - weight)
        } else {
            // The wait for the first image belongs to the first rate.
            guard ended > 0 else { return }
            rate = sample
        }
        lastChange = now
    }

    /// Part of the jobs that has ended, 0 to 1.
    package var fraction: Double {
        counts.total == 0 ? 0 : min(Double(finished) / Double(counts.total), 1)
    }

    /// Seconds until the last job ends at the present rate; nil while that is unknown.
    package var remaining: Double? {
        let left = max(counts.total - finished, 0)
        guard left > 0 else { return 0 }
        guard let rate, rate > 1e-6 else { return nil }
        return Double(left) / rate
    }
}
