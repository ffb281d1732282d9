/// When, and in which order among others, the jobs of a batch run, and how long each may take.
public struct BatchSchedule: Hashable, Sendable {
    /// Priorities that a batch may have.
    public static let priorities = -100...100
    /// Weights that a batch may have.
    public static let weights = 1...100
    /// Attempts that may be allowed.
    public static let attemptCounts = 1...20
    /// Times that one attempt, or one step of it, may be given.
    public static let timeouts = Duration.seconds(1)...Duration.seconds(7 * 86_400)
    /// Most bytes (UTF-8) of a unique key.
    public static let maximumUniqueKeyBytes = 200

    /// Higher goes first among the batches of one owner; a batch that waits rises with time.
    public var priority: Int
    /// How soon somebody wants it.
    public var band: Band
    /// Share among batches of the same priority, against that of the others.
    public var weight: Int
    /// Nothing runs before this moment.
    public var startAt: UnixTime?
    /// What has not begun by this moment is called off.
    public var expiresAt: UnixTime?
    /// While a batch with this key is not finished, its owner can create no other with it.
    public var uniqueKey: String?
    /// Attempts of each job; the policy of the coordinator where absent.
    public var maximumAttempts: Int?
    /// Longest time of one attempt.
    public var timeout: Duration?
    /// Longest time without a report of progress.
    public var progressTimeout: Duration?

    /// Describes a schedule; see ``check()``.
    public init(
        priority: Int = 0, band: Band = .bulk, weight: Int = 1, startAt: UnixTime? = nil, expiresAt: UnixTime? = nil,
        uniqueKey: String? = nil, maximumAttempts: Int? = nil, timeout: Duration? = nil,
        progressTimeout: Duration? = nil
    ) {
        self.priority = priority
        self.band = band
        self.weight = weight
        self.startAt = startAt
        self.expiresAt = expiresAt
        self.uniqueKey = uniqueKey
        self.maximumAttempts = maximumAttempts
        self.timeout = timeout
        self.progressTimeout = progressTimeout
    }

    /// Refuses what is out of range.
    func check() throws(SpecificationError) {
        try Self.check(priority, in: Self.priorities, field: "priority")
        try Self.check(weight, in: Self.weights, field: "weight")
        if let maximumAttempts { try Self.check(maximumAttempts, in: Self.attemptCounts, field: "max_attempts") }
        try Self.check(timeout, field: "timeout_seconds")
        try Self.check(progressTimeout, field: "progress_timeout_seconds")
        if let startAt, let expiresAt, expiresAt <= startAt {
            throw SpecificationError(field: "expires_at", "must be later than “start_at”")
        }
        if let uniqueKey {
            guard (1...Self.maximumUniqueKeyBytes).contains(uniqueKey.utf8.count),
                !uniqueKey.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
            else {
                throw SpecificationError(
                    field: "unique_key",
                    "must have 1 to \(Self.maximumUniqueKeyBytes) bytes and no control characters")
            }
        }
    }

    private static func check(
        _ value: Int, in range: ClosedRange<Int>, field: String
    ) throws(SpecificationError) {
        guard range.contains(value) else {
            throw SpecificationError(field: field, "must be from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    private static func check(_ value: Duration?, field: String) throws(SpecificationError) {
        guard let value, !timeouts.contains(value) else { return }
        throw SpecificationError(
            field: field,
            "must be from \(timeouts.lowerBound.components.seconds) to \(timeouts.upperBound.components.seconds)")
    }
}
