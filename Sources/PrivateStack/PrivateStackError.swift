/// Why a private server cannot be started, used or stopped, and what to do about it.
public struct PrivateStackError: Error, Sendable, Equatable {
    /// The kinds of failure a caller may treat differently.
    public enum Reason: Sendable, Equatable {
        /// A program is missing.
        case notInstalled
        /// A program, or the data it shall serve, has a version that does not fit.
        case wrongVersion
        /// The socket's path would be longer than Linux allows.
        case socketPathTooLong
        /// The folder cannot be made, or the server's user cannot reach it.
        case folder
        /// The server did not start, or was not ready in time.
        case start
        /// The server did not stop in time.
        case stop
    }

    /// The kind of failure.
    public var reason: Reason
    /// What is wrong, in one sentence.
    public var message: String
    /// What to do, as an imperative sentence or a command.
    public var remedy: String
    /// The last lines of the server's log, where it has written one.
    public var logTail: String?

    init(_ reason: Reason, _ message: String, remedy: String, logTail: String? = nil) {
        self.reason = reason
        self.message = message
        self.remedy = remedy
        self.logTail = logTail
    }
}

extension PrivateStackError: CustomStringConvertible {
    /// Message, remedy and the log's last lines.
    public var description: String {
        "\(message); \(remedy)" + (logTail.map { "\n\($0)" } ?? "")
    }
}
