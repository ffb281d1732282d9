import Failpoints
import JobDispatch
import JobStore
import Jobs
import Logging
import Metrics
import ServiceLifecycle
import Telemetry

/// Does what was decided about whole batches: ends the jobs of those called off or expired, and fetches back from Redis
/// what waits there of those that were paused or got another priority.
///
/// PostgreSQL is told first, then Redis: where this process ends in between, a job may be worked on for nothing, and
/// what is reported of it is stale.
struct LifecycleService: Service {
    /// Time between looks; a ring cuts it short.
    static let interval = Duration.milliseconds(250)
    /// Time between sweeps of what waits for other jobs; what a sweep leaves comes in the next, at once.
    static let sweepInterval = Duration.seconds(1)

    let store: JobStore
    /// Absent where workers claim over HTTP only.
    let dispatch: JobDispatch?
    let leadership: Leadership
    /// Rings when a batch was changed.
    let changed: Bell
    /// Rings when there may be something to dispatch.
    let work: Bell
    let logger: Logger

    func run() async throws {
        var sweep = NeedSweep()
        var sweptAt = ContinuousClock.now - Self.sweepInterval
        try await Steady("lifecycle", logger: logger).run(bell: changed) {
            guard let term = leadership.term else { return Self.interval }
            do {
                let agenda = try await store.agenda()
                if agenda.hasExpired {
                    let expired = try await store.expire(term: term)
                    logger.notice("Batches expired", metadata: [LogKey.count: "\(expired)"])
                }
                if agenda.hasRecalls || agenda.hasCancelling || agenda.hasExpired { try await recall(term) }
                if agenda.hasNeeds, sweep.found > 0 || .now - sweptAt >= Self.sweepInterval {
                    sweep = try await store.sweepNeeds(after: sweep, term: term)
                    sweptAt = .now
                    if sweep.released > 0 { work.ring() }
                }
                guard agenda.hasExpired || agenda.hasCancelling else { return Self.interval }
                return try await cancelStep(term) ? .zero : Self.interval
            } catch let error as StoreError where error.reason == .staleTerm {
                return Self.interval
            } catch let error as DispatchError where error.reason == .noTerm || error.reason == .staleTerm {
                // The dispatcher has yet to begin the term in Redis, or another leads.
                return Self.interval
            } catch {
                // What Redis gave back may still count as handed out, and what was ended may still run.
                leadership.doubt()
                throw error
            }
        }
    }

    private func cancelStep(_ term: Term) async throws -> Bool {
        let report = try await store.cancelStep(term: term)
        if report.cancelled > 0 {
            Counter(label: MetricName.jobs, dimensions: [("state", "cancelled")]).increment(by: report.cancelled)
        }
        for batch in report.finishedBatches {
            logger.notice("Batch called off", metadata: [LogKey.batch: "\(batch)"])
        }
        if report.cancelled > 0 { try Failpoint.afterCancelCommit.reachThrowing() }
        if !report.leases.isEmpty { _ = try await dispatch?.cancel(report.leases) }
        return report.isMore
    }

    private func recall(_ term: Term) async throws {
        for (batch, leases) in try await store.recalls() {
            let recalled = try await dispatch?.recall(leases, term: term) ?? []
            if !recalled.isEmpty { try Failpoint.afterRecall.reachThrowing() }
            _ = try await store.requeue(recalled, term: term)
            try await store.recalled(batch)
            guard !recalled.isEmpty else { continue }
            logger.info("Fetched back", metadata: [LogKey.batch: "\(batch)", LogKey.count: "\(recalled.count)"])
            work.ring()
        }
    }
}
