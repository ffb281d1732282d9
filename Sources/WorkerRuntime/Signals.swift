package import Jobs
import Synchronization

/// What a worker has heard from outside and its stages heed: orders of an operator, and whether to make room.
package final class Signals: Sendable {
    private struct State {
        var order = WorkerOrder.work
        var shouldYield = false
        var isEnding = false
        var isWorking: Bool { order == .work || isEnding }
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let monitor = Monitor(State())

    package init() {}

    /// Whether a long job should make room at its next checkpoint.
    package var shouldYield: Bool { monitor.withLock { $0.shouldYield } }
    /// Whether the worker is about to end.
    package var isEnding: Bool { monitor.withLock { $0.isEnding } }
    /// Whether the worker may claim: unless it was told to be quiet.
    var isWorking: Bool { monitor.withLock { $0.isWorking } }
    /// What an operator wants of the worker.
    package var order: WorkerOrder { monitor.withLock { $0.order } }

    /// Notes what a beat said; true where the order is a new one.
    func note(order: WorkerOrder, shouldYield: Bool) -> Bool {
        monitor.change(waking: \.waiters) { state in
            defer { (state.order, state.shouldYield) = (order, shouldYield) }
            return state.order != order
        }
    }

    /// Notes that the worker is about to end.
    func end() { monitor.change(waking: \.waiters) { $0.isEnding = true } }

    /// Returns when the worker may claim.
    func waitUntilWorking() async {
        await monitor.wait(on: \.waiters) { $0.isWorking }
    }
}
