import Jobs
import Synchronization

/// What this coordinator knows of its own leadership, shared by its services.
///
/// PostgreSQL decides who leads; this is the local trust window: the lease counts from before the request was sent, less
/// a margin, so that this process stops believing before another can begin.
final class Leadership: Sendable {
    private struct State {
        var term: Term?
        var trustedUntil = ContinuousClock.now
        /// The latest term that Redis has seen, where that was later than ours.
        var seen: Term?
        var isInDoubt = false
    }

    private let state = Mutex(State())
    /// Rings whenever the term changes.
    let changed = Bell()

    /// The term, while this coordinator leads and can trust that it does.
    var term: Term? {
        state.withLock { state in
            state.trustedUntil > .now ? state.term : nil
        }
    }

    /// The term that was last granted, trusted still or not: renewing it may yet succeed.
    var heldTerm: Term? { state.withLock { $0.term } }

    /// Notes that the lease was granted or renewed.
    ///
    /// - Returns: Whether the term is a new one.
    @discardableResult
    func grant(_ term: Term, until trustedUntil: ContinuousClock.Instant) -> Bool {
        let isNew = state.withLock { state in
            defer { (state.term, state.trustedUntil) = (term, trustedUntil) }
            return state.term != term
        }
        if isNew { changed.ring() }
        return isNew
    }

    /// Notes a term that Redis has seen.
    func note(_ seen: Term) {
        state.withLock { $0.seen = seen }
    }

    /// Notes that something went wrong between PostgreSQL and Redis, so that they have to be compared.
    func doubt() {
        state.withLock { $0.isInDoubt = true }
    }

    /// Whether they have to be compared; asked once.
    func takeDoubt() -> Bool {
        state.withLock { state in
            defer { state.isInDoubt = false }
            return state.isInDoubt
        }
    }

    /// The noted term, once.
    func takeSeen() -> Term? {
        state.withLock { state in
            defer { state.seen = nil }
            return state.seen
        }
    }

    /// Notes that somebody else leads, or nobody.
    ///
    /// - Returns: The term that ended, or nil where there was none.
    @discardableResult
    func end() -> Term? {
        let ended = state.withLock { state in
            defer { state.term = nil }
            return state.term
        }
        if ended != nil { changed.ring() }
        return ended
    }
}
