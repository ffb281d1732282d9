import Synchronization

/// How many events a second there were, over the last few seconds.
final class RateMeter: Sendable {
    private struct State {
        /// Events by second since the start, of the last ``window`` seconds.
        var counts: [Int] = Array(repeating: 0, count: RateMeter.window)
        var second = 0
    }

    /// Seconds that the rate is taken over.
    static let window = 10

    private let start: ContinuousClock.Instant
    private let state = Mutex(State())

    init(start: ContinuousClock.Instant = .now) { self.start = start }

    /// Notes events.
    func add(_ count: Int, at now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            advance(&state, to: now)
            state.counts[state.second % Self.window] += count
        }
    }

    /// Events a second over the last whole seconds, the present one left out.
    func perSecond(at now: ContinuousClock.Instant = .now) -> Double {
        state.withLock { state in
            advance(&state, to: now)
            let whole = min(state.second, Self.window - 1)
            guard whole > 0 else { return 0 }
            let present = state.counts[state.second % Self.window]
            return Double(state.counts.reduce(0, +) - present) / Double(whole)
        }
    }

    /// Clears the seconds that passed without an event.
    private func advance(_ state: inout State, to now: ContinuousClock.Instant) {
        let second = max(Int((now - start).components.seconds), state.second)
        for passed in 0..<min(second - state.second, Self.window) {
            state.counts[(second - passed) % Self.window] = 0
        }
        state.second = second
    }
}
