/// Delays between tries while something is down: doubling, capped, and jittered so that many processes do not all come
/// back in the same instant.
struct Backoff {
    private let first: Duration
    private let cap: Duration
    private var failures = 0

    /// - Parameters:
    ///   - first: Delay after the first failure, before jitter.
    ///   - cap: Longest delay, before jitter.
    init(first: Duration = .milliseconds(50), cap: Duration = .seconds(2)) {
        self.first = first
        self.cap = cap
    }

    /// The delay after one more failure: between half and all of the doubled delay.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        // Beyond 2^20 the cap has long taken over.
        let full = min(first * (1 << min(failures, 20)), cap)
        failures += 1
        return full * Double.random(in: 0.5...1, using: &generator)
    }

    /// The delay after one more failure.
    mutating func next() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return next(using: &generator)
    }

    /// Starts over, after a success.
    mutating func reset() { failures = 0 }
}
