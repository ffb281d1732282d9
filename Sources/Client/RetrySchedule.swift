/// When to try again after a failure that may pass: exponential pauses with jitter, for a bounded time.
public struct RetrySchedule: Sendable, Equatable {
    /// How long to go on after the first failure; zero means a single attempt.
    public var patience: Duration

    /// Middle of the first pause.
    public var firstPause: Duration

    /// No pause is longer.
    public var longestPause: Duration

    /// A schedule.
    public init(
        patience: Duration, firstPause: Duration = .milliseconds(100), longestPause: Duration = .seconds(3)
    ) {
        self.patience = patience
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    /// For what must not be done twice where its answer is lost: one attempt.
    public static let once = RetrySchedule(patience: .zero)

    /// For single questions of a person at a terminal: gives up after 2 s.
    public static let brief = RetrySchedule(patience: .seconds(2))

    /// For what a script does unattended and may do again, such as a submission: outlives a restart of PostgreSQL, gives
    /// up after 20 s.
    public static let patient = RetrySchedule(patience: .seconds(20))

    /// For long work, such as an upload, that must outlive a restart of the coordinator: gives up after 60 s.
    public static let persistent = RetrySchedule(patience: .seconds(60))

    /// The pause after a failure.
    ///
    /// - Parameters:
    ///   - failures: Failures so far in a row, at least 1.
    ///   - elapsed: Time since the first of them.
    ///   - chance: A random number from 0 to 1 that spreads the clients of a restarted coordinator.
    /// - Returns: The pause, half to one and a half of the exponential value; nil when it is time to give up.
    public func pause(afterFailures failures: Int, elapsed: Duration, chance: Double) -> Duration? {
        guard elapsed < patience else { return nil }
        // 2^20 pauses exceed any patience; the bound keeps the shift in range.
        let middle = min(firstPause * (1 << min(max(failures, 1) - 1, 20)), longestPause)
        let spread = middle * (0.5 + min(max(chance, 0), 1))
        return min(spread, max(patience - elapsed, .milliseconds(1)))
    }
}
