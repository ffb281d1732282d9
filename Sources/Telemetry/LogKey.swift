/// Keys of log metadata: messages are constant sentences, everything that varies stands under one of these.
///
/// Example: `logger.info("Batch sealed", metadata: [LogKey.batch: "7"])`
public enum LogKey {
    /// Identity of a batch.
    public static let batch = "batch"
    /// Identity of a job.
    public static let job = "job"
    /// Fencing token of a dispatch.
    public static let epoch = "epoch"
    /// Lane that a job waits in.
    public static let lane = "lane"
    /// Name of a worker.
    public static let worker = "worker"
    /// Name of a coordinator.
    public static let coordinator = "coordinator"
    /// Term of a leader.
    public static let term = "term"
    /// Name of a cron entry.
    public static let cron = "cron"
    /// Name of a model.
    public static let model = "model"
    /// Digest of a model pack or an artifact.
    public static let digest = "digest"
    /// How many of whatever the message speaks of.
    public static let count = "count"
    /// Number of an attempt.
    public static let attempt = "attempt"
    /// Time taken, in milliseconds.
    public static let milliseconds = "ms"
    /// Seconds since something began.
    public static let age = "age_s"
    /// Process of the database server, and whose it is.
    public static let process = "process"
    /// What went wrong, in the words of whoever reported it.
    public static let error = "error"
    /// Stable code of what went wrong.
    public static let code = "code"
    /// Name of a service of the process.
    public static let service = "service"
    /// Method and path of a request.
    public static let request = "request"
    /// HTTP status of an answer.
    public static let status = "status"
    /// An address that is listened on or connected to.
    public static let address = "address"
    /// Stage of a worker's pipeline.
    public static let stage = "stage"
    /// Severity that a server gave its notice.
    public static let severity = "severity"
    /// SQLSTATE of PostgreSQL.
    public static let sqlState = "sqlstate"
    /// Version of a schema, a pack or a program.
    public static let version = "version"
}
