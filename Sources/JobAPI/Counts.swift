/// How many jobs of a batch (or of the whole system) stand where; the five states add up to ``total``.
///
/// Example: `{"queued": 120, "running": 16, "succeeded": 264, "failed": 0, "cancelled": 0, "total": 400}`
public struct Counts: Hashable, Sendable, Codable {
    /// Not begun: waiting in PostgreSQL or Redis, or for the time of a retry.
    public var queued: Int
    /// With a worker.
    public var running: Int
    /// Done, with an image.
    public var succeeded: Int
    /// Given up.
    public var failed: Int
    /// Called off.
    public var cancelled: Int
    /// All of them.
    public var total: Int

    /// Counts jobs by state; the total is their sum.
    public init(queued: Int = 0, running: Int = 0, succeeded: Int = 0, failed: Int = 0, cancelled: Int = 0) {
        self.queued = queued
        self.running = running
        self.succeeded = succeeded
        self.failed = failed
        self.cancelled = cancelled
        total = queued + running + succeeded + failed + cancelled
    }

    /// Jobs in a terminal state.
    public var finished: Int { succeeded + failed + cancelled }
}
