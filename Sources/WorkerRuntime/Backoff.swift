/// Waits between attempts that grow up to a cap, with jitter so that a fleet does not come back all at once.
package struct Backoff: Sendable {
    /// Bounds of the wait.
    package let range: ClosedRange<Duration>
    private var failures = 0

    package init(from first: Duration, upTo cap: Duration) {
        range = first...cap
    }

    /// The next wait: between half of and the whole of twice the last one.
    package mutating func next() -> Duration {
        failures = min(failures + 1, 30)
        let whole = min(range.upperBound, range.lowerBound * (1 << (failures - 1)))
        return whole * Double.random(in: 0.5...1)
    }

    /// The attempt succeeded.
    package mutating func reset() { failures = 0 }
}
