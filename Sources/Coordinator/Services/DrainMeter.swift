/// How fast the workers take jobs from a lane, and so how many should wait there.
///
/// What waits in Redis has been decided: a batch that comes now, or a priority that changes, counts for what follows. So
/// the window is kept to what the workers take within ``horizon``, and no larger.
struct DrainMeter {
    /// Work that should wait, in time.
    static let horizon = Duration.seconds(1)
    /// Jobs that may wait in a lane of which nothing is known: enough to keep a few workers busy.
    static let minimum = 256

    private var before: (depth: Int, at: ContinuousClock.Instant)?
    /// Jobs a second, over the last looks.
    private var rate = 0.0

    /// The number of jobs that should wait, after a look at how many do.
    /// - Parameters:
    ///   - depth: Jobs that wait now.
    ///   - maximum: Most that may.
    mutating func window(depth: Int, maximum: Int, at now: ContinuousClock.Instant = .now) -> Int {
        if let before, now > before.at {
            let seconds = (now - before.at) / .seconds(1)
            let taken = Double(max(0, before.depth - depth)) / seconds
            // Quick to grow, slow to shrink: an empty lane costs the workers, a full one only fairness.
            rate = taken > rate ? taken : rate + (taken - rate) * min(1, seconds / 5)
        }
        before = (depth, now)
        // An empty lane has not kept up, whatever was measured.
        let wanted = depth == 0 ? rate * 2 : rate
        return min(maximum, max(Self.minimum, Int(wanted * (Self.horizon / .seconds(1)))))
    }

    /// Notes that jobs were added.
    mutating func add(_ count: Int) { before?.depth += count }
}
