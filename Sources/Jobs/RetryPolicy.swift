/// How often, and after what wait, a job that did not succeed is run again.
public struct RetryPolicy: Hashable, Sendable {
    /// Attempts that a job has; an attempt that a drain or a lost lease interrupted does not count.
    public var maximumAttempts: Int
    /// Lost leases after which a job is taken to be what kills its workers.
    public var maximumCrashes: Int
    /// Wait after the first failure; doubles with each further one.
    public var firstDelay: Duration
    /// Longest wait, before jitter.
    public var maximumDelay: Duration

    /// Describes a policy.
    public init(
        maximumAttempts: Int = 5, maximumCrashes: Int = 3, firstDelay: Duration = .seconds(2),
        maximumDelay: Duration = .seconds(300)
    ) {
        self.maximumAttempts = maximumAttempts
        self.maximumCrashes = maximumCrashes
        self.firstDelay = firstDelay
        self.maximumDelay = maximumDelay
    }

    /// The wait before the attempt that follows a failed one.
    /// - Parameters:
    ///   - attempt: The failed attempt, from 1.
    ///   - jitter: A random number in 0..<1; the wait is half to one and a half times the nominal one, so that jobs
    ///     that failed together do not come back together.
    public func delay(afterAttempt attempt: Int, jitter: Double) -> Duration {
        // 2^30 times any first delay is beyond every sensible maximum, and the product cannot overflow.
        let nominal = min(maximumDelay, firstDelay * (1 << max(0, min(attempt - 1, 30))))
        return nominal * (0.5 + jitter)
    }
}
