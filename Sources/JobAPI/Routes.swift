/// Paths and header names of the HTTP interface.
///
/// Example: `Routes.items(of: 42, from: 5_000)` is `/v1/batches/42/items?from=5000`.
public enum Routes {
    /// `POST` creates a batch, `GET` lists them.
    public static let batches = "/v1/batches"
    /// `POST` says how many jobs a batch would have, and how long it would take.
    public static let estimate = "/v1/estimate"
    /// `GET` lists the cron entries.
    public static let cron = "/v1/cron"
    /// `GET` lists the models that workers have announced.
    public static let models = "/v1/models"
    /// `GET` lists the workers seen lately.
    public static let workers = "/v1/workers"
    /// `GET` says how the system does at this moment.
    public static let status = "/v1/status"
    /// `GET` answers 200 while the process lives.
    public static let health = "/healthz"
    /// `GET` answers 200 when work can be accepted, 503 otherwise.
    public static let readiness = "/readyz"
    /// `GET` gives the metrics in Prometheus text format 0.0.4.
    public static let metrics = "/metrics"

    /// `GET` lists the API keys, `POST` makes one.
    public static let keys = "/v1/keys"
    /// `GET` lists the tenants.
    public static let tenants = "/v1/tenants"

    /// Request header that makes `POST /v1/batches` safe to repeat.
    public static let idempotencyKeyHeader = "Idempotency-Key"
    /// Content type of an item upload.
    public static let itemsContentType = "application/x-ndjson"
    /// Content type of an error.
    public static let problemContentType = "application/problem+json"

    /// `GET` shows a batch, `DELETE` abandons an open one.
    public static func batch(_ id: Int64) -> String { "\(batches)/\(id)" }

    /// `PUT` uploads items: newline-delimited JSON, one caption a line.
    ///
    /// - Parameters:
    ///   - id: The batch, still open.
    ///   - line: Lines that the batch already holds: the upload starts behind them.
    public static func items(of id: Int64, from line: Int = 0) -> String { "\(batches)/\(id)/items?from=\(line)" }

    /// `POST` seals a batch: no more items, work may begin.
    public static func seal(_ id: Int64) -> String { "\(batches)/\(id)/seal" }

    /// `POST` calls a batch off: what waits is ended, what runs is stopped.
    public static func cancel(batch id: Int64) -> String { "\(batches)/\(id)/cancel" }

    /// `POST` hands nothing more of a batch out.
    public static func pause(_ id: Int64) -> String { "\(batches)/\(id)/pause" }

    /// `POST` goes on with a paused batch.
    public static func resume(_ id: Int64) -> String { "\(batches)/\(id)/resume" }

    /// `POST` gives a batch another priority.
    public static func priority(of id: Int64) -> String { "\(batches)/\(id)/priority" }

    /// `POST` runs the failed jobs of a batch again, in a new batch.
    public static func retryFailed(of id: Int64) -> String { "\(batches)/\(id)/retry-failed" }

    /// `GET` lists the dead letters.
    ///
    /// - Parameters:
    ///   - batch: Only of this batch.
    ///   - cursor: The `next` of the page before, or nil for the first page.
    ///   - limit: Entries wanted, or nil for ``Limits/defaultPageSize``.
    public static func dead(batch: Int64? = nil, cursor: String? = nil, limit: Int? = nil) -> String {
        "/v1/dead" + query([("batch", batch.map(String.init)), ("cursor", cursor), ("limit", limit.map(String.init))])
    }
    /// `POST` runs dead letters again.
    public static let requeueDead = "/v1/dead/requeue"
    /// `POST` strikes dead letters off the list.
    public static let purgeDead = "/v1/dead/purge"

    /// `GET` shows a worker.
    public static func worker(_ name: String) -> String { "\(workers)/\(escaped(name))" }

    /// `POST` tells a worker what to do: `drain`, `quiet` or `work`.
    public static func order(_ order: String, worker name: String) -> String { "\(worker(name))/\(order)" }

    /// `POST` announces a worker: see ``RegisterBody``.
    public static let registerWorker = "/v1/worker/register"
    /// `GET` lists the lanes.
    public static let lanes = "/v1/worker/lanes"
    /// `POST` claims jobs: see ``ClaimBody``.
    public static let claim = "/v1/worker/claim"
    /// `POST` waits until there may be something to claim: see ``ClaimBody``.
    public static let waitForWork = "/v1/worker/wait"
    /// `POST` renews leases: see ``BeatBody``.
    public static let beat = "/v1/worker/beat"
    /// `POST` reports facts: see ``FactsBody``.
    public static let facts = "/v1/worker/facts"

    /// `GET` lists the jobs of a batch in the order of its lines.
    ///
    /// - Parameters:
    ///   - id: The batch.
    ///   - cursor: The `next` of the page before, or nil for the first page.
    ///   - limit: Entries wanted, or nil for ``Limits/defaultPageSize``.
    ///   - state: Only jobs in this state.
    public static func jobs(
        of id: Int64, cursor: String? = nil, limit: Int? = nil, state: JobStatus? = nil
    ) -> String {
        "\(batches)/\(id)/jobs"
            + query([("cursor", cursor), ("limit", limit.map(String.init)), ("state", state?.rawValue)])
    }

    /// `GET` lists batches, newest first.
    public static func batches(cursor: String?, limit: Int? = nil) -> String {
        batches + query([("cursor", cursor), ("limit", limit.map(String.init))])
    }

    /// `GET` shows a job.
    public static func job(_ id: Int64) -> String { "/v1/jobs/\(id)" }

    /// `POST` calls a job off.
    public static func cancel(job id: Int64) -> String { "/v1/jobs/\(id)/cancel" }

    /// `GET` gives the manifest of a job that succeeded: everything that is known of how its image came to be.
    public static func manifest(of job: Int64) -> String { "/v1/jobs/\(job)/manifest" }

    /// `GET` shows a cron entry, `PUT` adds or replaces it, `DELETE` removes it.
    ///
    /// - Parameter name: Its name: lower-case letters, digits, dots, hyphens and underscores.
    public static func cron(_ name: String) -> String { "\(cron)/\(name)" }

    /// `POST` keeps a cron entry from firing.
    public static func pauseCron(_ name: String) -> String { "\(cron)/\(name)/pause" }

    /// `POST` lets a paused cron entry fire again.
    public static func resumeCron(_ name: String) -> String { "\(cron)/\(name)/resume" }

    /// `POST` fires a cron entry now, due or not.
    public static func fireCron(_ name: String) -> String { "\(cron)/\(name)/fire" }

    /// `GET` or `HEAD` gives the bytes of an artifact, `PUT` stores an input, `DELETE` gives one up.
    ///
    /// - Parameters:
    ///   - digest: SHA-256 in 64 lower-case hexadecimal digits.
    ///   - job: A job that made it, which proves that the caller may have it; whoever uploaded it, and an administrator,
    ///     need not say.
    ///   - asInput: Asks, with `HEAD`, whether the caller may name it as an input, which is less than whether it is there:
    ///     an administrator may have everything, and names what was uploaded.
    public static func artifact(_ digest: String, job: Int64? = nil, asInput: Bool = false) -> String {
        "/v1/artifacts/\(digest)" + query([("job", job.map(String.init)), ("input", asInput ? "1" : nil)])
    }

    /// `DELETE` revokes an API key.
    public static func key(_ id: Int) -> String { "\(keys)/\(id)" }

    /// `POST` makes a tenant, `PUT` gives it other limits.
    public static func tenant(_ name: String) -> String { "\(tenants)/\(escaped(name))" }

    /// A name as part of a path: whatever could be taken for something else is escaped.
    private static func escaped(_ name: String) -> String {
        name.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }

    /// Values here are cursors, numbers and states: all of them URL-safe as they are.
    private static func query(_ items: [(String, String?)]) -> String {
        let present = items.compactMap { name, value in value.map { "\(name)=\($0)" } }
        return present.isEmpty ? "" : "?" + present.joined(separator: "&")
    }
}
