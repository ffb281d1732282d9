import JobStore
import Synchronization

/// The keys that were used a moment ago, so that not every request asks the database.
///
/// A revoked key counts for no longer than ``lifetime``. Only keys that count are kept: whoever tries secrets out
/// cannot push others' keys out of it.
final class KeyRing: Sendable {
    /// How long a key is believed without asking again.
    static let lifetime = Duration.seconds(5)
    /// Most keys that are kept; beyond them, all are forgotten and looked up again as they are used.
    static let limit = 10_000

    private struct Entry {
        var principal: Principal
        var until: ContinuousClock.Instant
    }

    private let store: JobStore
    private let entries = Mutex<[[UInt8]: Entry]>([:])

    init(store: JobStore) { self.store = store }

    /// The holder of a secret; `nil` if it is unknown, revoked or has expired.
    func holder(of secret: ApiKeySecret) async throws(StoreError) -> Principal? {
        let hash = secret.hash
        // By the time of asking, not of the answer: revoking in between must not be missed for longer.
        let now = ContinuousClock.now
        if let entry = entries.withLock({ $0[hash] }), now < entry.until { return entry.principal }
        let principal = try await store.key(of: secret).map { Principal($0) }
        entries.withLock { entries in
            entries[hash] = nil
            guard let principal else { return }
            if entries.count >= Self.limit { entries = [:] }
            entries[hash] = Entry(principal: principal, until: now + Self.lifetime)
        }
        return principal
    }
}
