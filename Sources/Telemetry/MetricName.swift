/// Names of the metrics, one place for coordinator, worker and dashboards.
///
/// Example: `Counter(label: MetricName.jobs, dimensions: [("state", "succeeded")]).increment()`
public enum MetricName {
    /// Counter of jobs that ended, by `state`.
    public static let jobs = "tedi_jobs_total"
    /// Gauge of jobs that no worker has begun.
    public static let queueDepth = "tedi_queue_depth"
    /// Histogram of the time of one dispatch round: claim rows in PostgreSQL, push to Redis.
    public static let dispatchLatency = "tedi_dispatch_latency_seconds"
    /// Counter of jobs pushed to Redis.
    public static let dispatched = "tedi_dispatched_total"
    /// Histogram of the worker's time for one job.
    public static let jobDuration = "tedi_job_duration_seconds"
    /// Histogram of jobs in one forward pass.
    public static let batchSize = "tedi_batch_size"
    /// Histogram of facts recorded in one transaction.
    public static let recordedFacts = "tedi_recorded_facts"
    /// Counter of leases that ran out.
    public static let leaseLost = "tedi_lease_lost_total"
    /// Counter of completions that came too late: another epoch owns the job.
    public static let staleCompletions = "tedi_stale_completions_total"
    /// Counter of attempts that failed and will be repeated.
    public static let retries = "tedi_retries_total"
    /// Gauge of dead rows in the hot tables.
    public static let deadTuples = "tedi_pg_dead_tuples"
    /// Gauge of rows of jobs without a partition; anything but 0 is a fault.
    public static let strayRows = "tedi_pg_stray_rows"
    /// Gauge of the age of the oldest transaction that keeps dead rows from being removed.
    public static let oldestTransaction = "tedi_pg_oldest_transaction_seconds"
    /// Gauge of the time since the oldest batch was sealed of which jobs wait.
    public static let oldestWaiting = "tedi_oldest_ready_seconds"
    /// Gauge: 1 on the leader, 0 elsewhere.
    public static let leader = "tedi_leader"
    /// Gauge of live workers.
    public static let workers = "tedi_workers"
    /// Counter of lines accepted from uploads.
    public static let items = "tedi_items_total"
    /// Counter of due cron entries, by `outcome`: fired, skipped or failed.
    public static let cronFirings = "tedi_cron_firings_total"
    /// Counter of HTTP answers, by `method`, `route` and `status`.
    public static let requests = "tedi_http_requests_total"
    /// Histogram of the time to answer an HTTP request, by `route`.
    public static let requestDuration = "tedi_http_request_duration_seconds"
    /// Counter of times a service lost PostgreSQL or Redis, by `service`.
    public static let outages = "tedi_outages_total"

    /// One sentence for each metric, as the exposition prints it.
    public static let help: [String: String] = [
        jobs: "Jobs that ended, by state.",
        queueDepth: "Jobs that no worker has begun.",
        dispatchLatency: "Time of one dispatch round.",
        dispatched: "Jobs pushed to Redis.",
        jobDuration: "Time of the worker for one job.",
        batchSize: "Jobs in one forward pass.",
        recordedFacts: "Facts recorded in one transaction.",
        leaseLost: "Leases that ran out.",
        staleCompletions: "Completions that came too late.",
        retries: "Attempts that failed and will be repeated.",
        deadTuples: "Dead rows in the hot tables.",
        strayRows: "Rows of jobs without a partition; anything but 0 is a fault.",
        oldestTransaction: "Age of the oldest transaction that keeps dead rows from being removed.",
        oldestWaiting: "Time since the oldest batch was sealed of which jobs wait.",
        leader: "1 on the leader, 0 elsewhere.",
        workers: "Live workers.",
        items: "Lines accepted from uploads.",
        cronFirings: "Due cron entries, by outcome.",
        requests: "HTTP answers, by method, route and status.",
        requestDuration: "Time to answer an HTTP request.",
        outages: "Times a service lost PostgreSQL or Redis.",
    ]

    /// Upper bounds of the histograms that do not measure seconds.
    public static let buckets: [String: [Double]] = [
        batchSize: [1, 2, 4, 8, 16, 32, 64, 128],
        recordedFacts: [1, 5, 10, 25, 50, 100, 250, 500],
    ]
}
