/// Why the queued jobs of a batch do not run.
///
/// Example: `{"code": "unschedulable", "message": "no worker is present in the pool default; start a tedi-worker"}`
public struct WaitReason: Hashable, Sendable, Codable {
    /// The kinds of reason; new ones may come.
    public enum Code: String, Hashable, Sendable, Codable {
        /// The batch is paused.
        case paused
        /// Its time to start has yet to come.
        case notYet = "not_yet"
        /// All that is left waits for the time of another attempt.
        case retrying
        /// It waits for other jobs, or for another batch.
        case needs
        /// No present worker can run it.
        case unschedulable
    }

    /// The kind of reason.
    public var code: Code
    /// The same for people, and what to do about it.
    public var message: String

    /// Gives a reason.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
