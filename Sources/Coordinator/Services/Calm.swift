import Jobs

/// Whether everything has been in order for long enough to hold silence against somebody.
///
/// While PostgreSQL, Redis or this coordinator was away, workers could not report, however well they worked.
struct Calm {
    /// Longest time between two looks; a process that stood still has seen nothing meanwhile.
    private static let gap = Duration.seconds(3)

    /// How long it must have been in order.
    let needed: Duration
    private var term: Term?
    private var since: ContinuousClock.Instant?
    private var last: ContinuousClock.Instant?

    init(for needed: Duration) { self.needed = needed }

    /// Notes a look that found everything in order.
    /// - Returns: Whether it has been so for long enough, within one term.
    mutating func holds(in term: Term, at now: ContinuousClock.Instant = .now) -> Bool {
        let isGap = last.map { now - $0 > Self.gap } ?? true
        if term != self.term || isGap { since = nil }
        let start = since ?? now
        (self.term, since, last) = (term, start, now)
        return now - start >= needed
    }

    /// Notes that something was not in order.
    mutating func end() { since = nil }
}
