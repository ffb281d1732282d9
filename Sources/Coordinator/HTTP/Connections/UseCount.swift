import Synchronization

/// Counts what is in use at once, up to a limit.
final class UseCount: Sendable {
    /// Most uses at once.
    let limit: Int
    private let count = Mutex(0)

    init(limit: Int) { self.limit = limit }

    /// Uses at this moment.
    var current: Int { count.withLock { $0 } }

    /// Takes a place, to be given back with ``leave()``; false where none is left.
    func enter() -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    /// Gives a place back.
    func leave() { count.withLock { $0 -= 1 } }
}
