import Synchronization

/// State behind a lock, with tasks that wait for it to change.
///
/// Each waiting role has a list of its own in the state: whoever changes what a role waits for wakes all of it.
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

    /// Changes the state, then wakes whoever waits in one of `roles`.
    func change<R: Sendable>(
        waking roles: WritableKeyPath<State, [Waiter]>..., body: (inout State) -> R
    ) -> R {
        let (result, waiters) = state.withLock { state in
            let result = body(&state)
            let waiters = roles.flatMap { role in
                defer { state[keyPath: role] = [] }
                return state[keyPath: role]
            }
            return (result, waiters)
        }
        for waiter in waiters { waiter.resume() }
        return result
    }

    /// Waits until the state `isReady`; whoever makes it so must wake `role`.
    func wait(on role: WritableKeyPath<State, [Waiter]>, until isReady: (State) -> Bool) async {
        while !withLock({ isReady($0) }) {
            await withCheckedContinuation { continuation in
                let isReadyNow = state.withLock { state in
                    if isReady(state) { return true }
                    state[keyPath: role].append(continuation)
                    return false
                }
                if isReadyNow { continuation.resume() }
            }
        }
    }
}
