/// Where a job stands, as its owner sees it.
public enum JobState: String, Hashable, Sendable, CaseIterable {
    /// Not begun: fresh, given back, or waiting for the time of a retry.
    case queued
    /// Handed out to workers.
    case running
    /// Ended, with an image.
    case succeeded
    /// Ended, given up.
    case failed
    /// Ended, called off.
    case cancelled

    /// Whether nothing will change any more.
    public var isTerminal: Bool {
        switch self {
        case .queued, .running: false
        case .succeeded, .failed, .cancelled: true
        }
    }
}

/// Where a batch stands.
public enum BatchState: String, Hashable, Sendable, CaseIterable {
    /// Takes items; nothing of it runs.
    case open
    /// Complete; its jobs wait to be handed out.
    case sealed
    /// At least one job was handed out.
    case running
    /// Every job has ended.
    case finished
    /// Given up by its owner while it was open.
    case abandoned
    /// Called off; its last jobs are being ended.
    case cancelling
    /// Called off, and every job has ended.
    case cancelled

    /// Whether nothing of it will change any more.
    public var isTerminal: Bool {
        switch self {
        case .open, .sealed, .running, .cancelling: false
        case .finished, .abandoned, .cancelled: true
        }
    }
}

/// How many jobs of a batch stand where; the five states add up to ``total``.
public struct BatchCounts: Hashable, Sendable {
    /// Not begun.
    public var queued: Int
    /// Handed out to workers.
    public var running: Int
    /// Ended, with an image.
    public var succeeded: Int
    /// Ended, given up.
    public var failed: Int
    /// Ended, called off.
    public var cancelled: Int

    /// Counts jobs by state.
    public init(queued: Int = 0, running: Int = 0, succeeded: Int = 0, failed: Int = 0, cancelled: Int = 0) {
        self.queued = queued
        self.running = running
        self.succeeded = succeeded
        self.failed = failed
        self.cancelled = cancelled
    }

    /// All jobs.
    public var total: Int { queued + running + finished }

    /// Jobs that have ended.
    public var finished: Int { succeeded + failed + cancelled }

    /// The same counts, where only `claimed` of the running jobs are with a worker.
    ///
    /// PostgreSQL counts a job as running from the moment it goes to Redis; how many of those a worker has taken, Redis
    /// knows. The two are not read in one transaction, so more than are running is taken for all of them.
    public func splitting(claimed: Int) -> BatchCounts {
        var counts = self
        counts.running = min(running, max(0, claimed))
        counts.queued += running - counts.running
        return counts
    }
}
