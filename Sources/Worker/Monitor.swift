import Synchronization

/// State behind a lock, with tasks that wait for it to change.
///
/// Each waiting role has a slot of its own in the state, so at most one task of a role waits at a time.
final class Monitor<State: Sendable>: Sendable {
    typealias Waiter = CheckedContinuation<Void, Never>

    private let state: Mutex<State>

    init(_ state: State) {
        self.state = Mutex(state)
    }

    /// Reads or changes the state; never blocks for long.
    func withLock<R: Sendable>(_ body: (inout State) -> R) -> R {
        state.withLock { body(&$0) }
    }

    /// Changes the state, then wakes whoever waits in one of `slots`.
    func change<R: Sendable>(
        waking slots: WritableKeyPath<State, Waiter?>..., body: (inout State) -> R
    ) -> R {
        let (result, waiters) = state.withLock { state in
            let result = body(&state)
            let waiters = slots.map { slot in
                defer { state[keyPath: slot] = nil }
                return state[keyPath: slot]
            }
            return (result, waiters)
        }
        for waiter in waiters { waiter?.resume() }
        return result
    }

    /// Waits until the state `isReady`; whoever makes it so must wake `slot`.
    func wait(on slot: WritableKeyPath<State, Waiter?>, until isReady: (State) -> Bool) async {
        while !withLock({ isReady($0) }) {
            await withCheckedContinuation { continuation in
                let isReadyNow = state.withLock { state in
                    if isReady(state) { return true }
                    state[keyPath: slot] = continuation
                    return false
                }
                if isReadyNow { continuation.resume() }
            }
        }
    }
}
