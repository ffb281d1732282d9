import Redis

/// Why Redis did not do what it was asked to.
public struct DispatchError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure that callers treat differently.
    public enum Reason: Sendable, Hashable {
        /// Redis is out of reach, loading, or full; the call may or may not have taken effect.
        case unavailable
        /// Redis has no term: it was wiped, or is new. Claims and pushes wait for the leader to put things right.
        case noTerm
        /// Another leader has begun its term.
        case staleTerm
        /// Redis refuses this user or password.
        case accessDenied
        /// A mistake of ours, or foreign data under our keys.
        case unexpected
    }

    /// The kind of failure.
    public var reason: Reason
    /// What happened and what to do, for people.
    public var message: String

    /// Describes a failure.
    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// Whether the same call may succeed a little later.
    public var isRetryable: Bool { reason == .unavailable || reason == .noTerm }

    /// The message.
    public var description: String { message }

    /// Names an error of the driver by what it means to callers.
    init(_ error: RedisError) {
        switch error.prefix {
        case "NOTERM"?: self.init(.noTerm, "Redis was wiped or is new; the leader has not filled it yet")
        case "STALETERM"?: self.init(.staleTerm, "another leader has begun its term")
        default:
            if error.isAccessDenied {
                self.init(.accessDenied, "Redis refuses the user or password: \(error)")
            } else if error.isRetryable || error.isOutOfMemory {
                self.init(.unavailable, "Redis: \(error)")
            } else {
                self.init(.unexpected, "Redis: \(error)")
            }
        }
    }
}
