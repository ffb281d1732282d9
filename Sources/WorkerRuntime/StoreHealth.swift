/// Whether the artifact store can be written to; a pure state machine, asked and told by the stages.
///
/// While the store is down, no job is claimed: each would be computed for nothing and put off. One probe at a time, with
/// growing waits between, finds out when it is back.
package struct StoreHealth: Sendable {
    /// What a change of state is worth saying in the log.
    package enum Announcement: Equatable, Sendable {
        case down
        case back
    }

    package private(set) var isDown = false
    /// Bytes of the write that failed: a probe of fewer could go well where the next write fails again.
    package private(set) var missing = 0
    private var backoff: Backoff

    package init(backoff: Backoff = Backoff(from: .seconds(1), upTo: .seconds(30))) {
        self.backoff = backoff
    }

    /// A write failed for reasons of the store; announced once per outage.
    package mutating func failed(bytes: Int) -> Announcement? {
        defer {
            isDown = true
            missing = max(missing, bytes, 1)
        }
        return missing == 0 ? .down : nil
    }

    /// A probe succeeded: jobs may be claimed again, and only they will show whether the outage is over.
    package mutating func probed() { isDown = false }

    /// A write succeeded.
    package mutating func succeeded() -> Announcement? {
        defer {
            (isDown, missing) = (false, 0)
            backoff.reset()
        }
        return missing > 0 ? .back : nil
    }

    /// How long to wait before the next probe.
    package mutating func nextProbe() -> Duration { backoff.next() }
}
