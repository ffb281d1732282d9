import Synchronization

/// Where a worker is on its way out, and a place to wait for it.
package final class Control: Sendable {
    /// Only ever moves on.
    package enum Phase: Int, Comparable, Sendable {
        /// Claims and computes.
        case running
        /// Claims no more; finishes what is under way.
        case draining
        /// Gives everything back at once.
        case abandoning
        /// Nothing is left to be finished or given back.
        case stopped

        package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    private struct State {
        var phase = Phase.running
        var waiters: [(phase: Phase, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Where the worker is.
    package var phase: Phase { state.withLock(\.phase) }

    /// Moves on to `phase`, unless already there or further.
    package func advance(to phase: Phase) {
        let reached = state.withLock { state in
            state.phase = max(state.phase, phase)
            let reached = state.waiters.filter { $0.phase <= state.phase }
            state.waiters.removeAll { $0.phase <= state.phase }
            return reached.map(\.continuation)
        }
        for continuation in reached { continuation.resume() }
    }

    /// Returns when the worker has come to `phase` or further.
    ///
    /// Cancellation does not end the wait: every way out of a worker goes through its phases.
    package func wait(for phase: Phase) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.phase >= phase { return true }
                state.waiters.append((phase, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}
