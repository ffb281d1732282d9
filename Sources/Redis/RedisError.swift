/// What went wrong between Tedi and Redis.
public struct RedisError: Error, Sendable, Equatable {
    /// The kinds of failure a caller may treat differently.
    public enum Reason: Sendable, Equatable {
        /// Redis answered with an error; `prefix` says which.
        case server
        /// No connection could be made.
        case unreachable
        /// An open connection broke; a command under way may or may not have run.
        case connectionLost
        /// No answer came in time; the command may or may not have run. The connection is closed.
        case timeout
        /// The answer was not RESP2, or not of the form the caller expects.
        case unexpectedReply
        /// An address or argument that cannot work; a mistake in the program or configuration.
        case misuse
    }

    /// The kind of failure.
    public var reason: Reason
    /// First word of a server error.
    ///
    /// For example `ERR`, `OOM`, `READONLY`, `NOSCRIPT`, `LOADING` or `NOAUTH`.
    public var prefix: String?
    /// One sentence: Redis's own words, or what this side saw and what to do.
    public var message: String

    /// Makes an error that did not come from Redis.
    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// Makes the error of an error reply, whose first word in capitals says which it is.
    init(reply: String) {
        reason = .server
        let word = reply.prefix { $0 != " " }
        prefix = word.allSatisfy { $0.isUppercase || $0 == "_" } ? String(word) : nil
        message = reply
    }
}

extension RedisError {
    /// The connection is gone or was not to be had: back off and try again.
    public var isConnectionLoss: Bool {
        switch reason {
        case .unreachable, .connectionLost, .timeout: true
        case .server, .unexpectedReply, .misuse: false
        }
    }

    /// Trying again a little later may succeed: lost, still loading its data, busy, or being switched over.
    public var isRetryable: Bool {
        isConnectionLoss || prefix.map(Self.passing.contains) ?? false
    }

    /// Redis is at `maxmemory` and takes no more writes.
    public var isOutOfMemory: Bool { prefix == "OOM" }

    /// The script is not in the server's cache.
    public var isNoScript: Bool { prefix == "NOSCRIPT" }

    /// Password missing or wrong, or a command that the user may not run.
    public var isAccessDenied: Bool { prefix.map(["NOAUTH", "WRONGPASS", "NOPERM"].contains) ?? false }

    private static let passing: Set<String> = ["LOADING", "BUSY", "TRYAGAIN", "MASTERDOWN", "READONLY", "CLUSTERDOWN"]
}

extension RedisError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
