import Jobs
import Metrics
import Telemetry

/// What a worker counts and times.
struct WorkerMetrics: Sendable {
    /// Names that only workers have, with their help.
    static let help = [
        "tedi_worker_claim_seconds": "Time of one claim in Redis.",
        "tedi_worker_model_seconds": "Time of one forward pass, bisections included.",
        "tedi_worker_store_seconds": "Time to encode and store one micro-batch.",
        "tedi_worker_idle_seconds": "Time the model waited for its next micro-batch.",
    ]

    private let succeeded = Counter(label: MetricName.jobs, dimensions: [("state", "succeeded")])
    private let failed = Counter(label: MetricName.jobs, dimensions: [("state", "failed")])
    private let putOff = Counter(label: MetricName.jobs, dimensions: [("state", "put_off")])
    private let cancelled = Counter(label: MetricName.jobs, dimensions: [("state", "cancelled")])
    private let lost = Counter(label: MetricName.leaseLost)
    private let size = Recorder(label: MetricName.batchSize)
    private let claim = Timer(label: "tedi_worker_claim_seconds")
    private let model = Timer(label: "tedi_worker_model_seconds")
    private let store = Timer(label: "tedi_worker_store_seconds")
    private let idle = Timer(label: "tedi_worker_idle_seconds")

    func claimed(in duration: Duration) { claim.recordNanoseconds(duration.nanoseconds) }

    func computed(_ count: Int, in duration: Duration, after waiting: Duration) {
        size.record(count)
        model.recordNanoseconds(duration.nanoseconds)
        idle.recordNanoseconds(waiting.nanoseconds)
    }

    func stored(in duration: Duration) { store.recordNanoseconds(duration.nanoseconds) }

    func leaseWasLost() { lost.increment() }

    func jobWasCancelled() { cancelled.increment() }

    func settled(_ event: Fact.Event) {
        switch event {
        case .done: succeeded.increment()
        case .failed: failed.increment()
        default: putOff.increment()
        }
    }
}

extension Duration {
    /// Whole nanoseconds, at most 292 years of them.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// Milliseconds with their fraction.
    var milliseconds: Double { Double(nanoseconds) / 1_000_000 }
}
