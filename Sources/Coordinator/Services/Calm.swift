import Jobs
import Postgres

/// Whether everything has been in order for long enough to hold silence against somebody.
///
/// While PostgreSQL, Redis or this coordinator was away, workers could not report, however well they worked.
struct Calm {
    /// Longest time between two looks; a process that stood still has seen nothing meanwhile.
    private static let gap = Duration.seconds(3)
    /// How far the database's clock may stray from one look to the next.
    private static let step = Duration.seconds(2)

    /// How long it must have been in order.
    let needed: Duration
    private var term: Term?
    private var since: ContinuousClock.Instant?
    private var last: ContinuousClock.Instant?
    private var lastClock: PostgresTimestamp?

    init(for needed: Duration) { self.needed = needed }

    /// Notes a look that found everything in order.
    /// - Parameter clock: The database's, by which leases and limits count; where it was set, none of them tells anything
    ///   until workers were heard again.
    /// - Returns: Whether it has been so for long enough, within one term.
    mutating func holds(
        in term: Term, clock: PostgresTimestamp, at now: ContinuousClock.Instant = .now
    ) -> Bool {
        let isGap = last.map { now - $0 > Self.gap } ?? true
        if term != self.term || isGap || wasSet(clock, at: now) { since = nil }
        let start = since ?? now
        (self.term, since, last, lastClock) = (term, start, now, clock)
        return now - start >= needed
    }

    private func wasSet(_ clock: PostgresTimestamp, at now: ContinuousClock.Instant) -> Bool {
        guard let last, let lastClock else { return false }
        let passed = Duration.microseconds(clock.unixMicroseconds - lastClock.unixMicroseconds)
        return abs((passed - (now - last)) / Self.step) > 1
    }

    /// Notes that something was not in order.
    mutating func end() { since = nil }
}
