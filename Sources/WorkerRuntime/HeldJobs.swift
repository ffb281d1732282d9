package import Jobs

/// The leases of this worker, from claim to settlement; shared by the stages and the beat.
///
/// A lease that is dropped here (lost to another worker, or cancelled) stays known until the stage that holds the job
/// comes across it, so that its result is thrown away wherever it is at that moment.
package final class HeldJobs: Sendable {
    /// How far a job has come.
    package enum Stage: Sendable {
        case claimed
        /// Its inputs are being fetched.
        case loading
        /// Its inputs are there, and the model is not yet.
        case waiting
        case computing, storing
        /// Its report waits to be taken by Redis.
        case settling
    }

    private struct Entry {
        var stage: Stage
        var since = ContinuousClock.now
        var isDropped = false
        /// Whether workers went away under it.
        var isSuspected = false
    }

    private struct State {
        var entries: [Lease: Entry] = [:]
        var waiters: [CheckedContinuation<Void, Never>] = []

        /// Whether some job has begun and its end is not known to Redis yet.
        var isUnderWay: Bool { entries.values.contains { $0.stage != .claimed && !$0.isDropped } }

        /// Whether a job is held under which workers went away, and may do so again.
        var hasSuspect: Bool { entries.values.contains { $0.isSuspected && !$0.isDropped } }
    }

    private let monitor = Monitor(State())

    package init() {}

    /// Leases to keep alive.
    package var live: [Lease] {
        monitor.withLock { $0.entries.filter { !$0.value.isDropped }.map(\.key) }
    }

    /// How many leases are known, dropped ones included.
    package var count: Int {
        monitor.withLock { $0.entries.count }
    }

    /// Takes on leases that were claimed; those known already stay as they are.
    ///
    /// - Parameter suspects: those of jobs under which workers went away.
    package func add(_ leases: [Lease], suspects: Set<Lease> = []) {
        monitor.withLock { state in
            for lease in leases where state.entries[lease] == nil {
                state.entries[lease] = Entry(stage: .claimed, isSuspected: suspects.contains(lease))
            }
        }
    }

    /// Whether a job is held under which workers went away, and may do so again.
    package var hasSuspect: Bool {
        monitor.withLock(\.hasSuspect)
    }

    /// Moves a job on; false if it was dropped, and then it is forgotten.
    package func advance(_ lease: Lease, to stage: Stage) -> Bool {
        monitor.withLock { state in
            guard let entry = state.entries[lease], !entry.isDropped else {
                state.entries[lease] = nil
                return false
            }
            state.entries[lease] = Entry(stage: stage, isSuspected: entry.isSuspected)
            return true
        }
    }

    /// The lease is no longer ours; true the first time.
    ///
    /// Not so for a job whose report is on its way: Redis may have taken it and forgotten the lease a moment before it
    /// was asked, and the answer to the report will tell.
    package func drop(_ lease: Lease) -> Bool {
        monitor.change(waking: \.waiters) { state in
            guard let entry = state.entries[lease], !entry.isDropped, entry.stage != .settling else { return false }
            state.entries[lease]?.isDropped = true
            return true
        }
    }

    /// Shows that a job moves on within its stage.
    package func touch(_ lease: Lease) {
        monitor.withLock { $0.entries[lease]?.since = .now }
    }

    /// The stage of a job that has been loaded, computed or stored for longer than `limit`; `nil` where everything moves.
    package func stalled(for limit: Duration) -> Stage? {
        let limit = ContinuousClock.now - limit
        return monitor.withLock { state in
            state.entries.values.first { entry in
                switch entry.stage {
                case .loading, .computing, .storing: entry.since < limit
                case .claimed, .waiting, .settling: false
                }
            }?.stage
        }
    }

    /// Whether a lease is known and was not dropped.
    package func isHeld(_ lease: Lease) -> Bool {
        monitor.withLock { $0.entries[lease].map { !$0.isDropped } ?? false }
    }

    /// Forgets leases that are settled.
    package func remove(_ leases: [Lease]) {
        monitor.change(waking: \.waiters) { state in
            for lease in leases { state.entries[lease] = nil }
        }
    }

    /// Takes every live lease away from the stages, to be given back.
    package func surrender() -> [Lease] {
        monitor.change(waking: \.waiters) { state in
            let leases = state.entries.filter { !$0.value.isDropped }.map(\.key)
            for lease in leases { state.entries[lease]?.isDropped = true }
            return leases
        }
    }

    /// Returns when no job is under way: none has begun whose end Redis does not know yet.
    ///
    /// Whoever dies after this takes no other job's good name along. Where no suspect is held any more, nobody is about to
    /// die; and inputs may be fetched ahead again, of jobs that wait for the very stage that waits here.
    package func waitUntilSettled() async {
        await monitor.wait(on: \.waiters) { !$0.isUnderWay || !$0.hasSuspect }
    }
}
