import Failpoints
import JobDispatch
import JobStore
import Jobs
import Logging
import Metrics
import ServiceLifecycle
import Telemetry

/// Brings the facts of workers from Redis into PostgreSQL.
///
/// A group is acknowledged after its commit, never before: a crash in between delivers it again, and recording a fact
/// twice changes nothing. While one group is recorded the next is read, and what comes after it gathers in the stream,
/// so groups grow with the load.
struct RecorderService: Service {
    /// Most facts of one transaction.
    static let limit = 500
    /// How long to wait for facts; shutting down takes no longer than that.
    static let wait = Duration.milliseconds(250)
    /// Time after which facts are looked for that were delivered to somebody who did not record them.
    static let redelivery = Duration.seconds(10)

    let store: JobStore
    let dispatch: JobDispatch
    let leadership: Leadership
    let rate: RateMeter
    /// Rings when there may be something to dispatch.
    let work: Bell
    let logger: Logger

    func run() async throws {
        var term: Term?
        var redelivered = ContinuousClock.now
        // What was read and is not recorded yet, in order; kept through an outage of PostgreSQL.
        var waiting: [FactGroup] = []
        try await Steady("recorder", logger: logger).run(bell: leadership.changed) {
            guard let current = leadership.term else { return Self.wait }
            let isDue = ContinuousClock.now - redelivered > Self.redelivery
            if term != current || (waiting.isEmpty && isDue) {
                // The leader before may have read facts and gone, or be about to go, without recording them.
                dispatch.redeliverFacts()
                waiting = []
                term = current
                redelivered = .now
            }
            guard let group = waiting.first else {
                let group = try await dispatch.facts(limit: Self.limit, wait: Self.wait)
                if !group.isEmpty { waiting.append(group) }
                return .zero
            }
            // Nothing is read ahead where facts have to be looked for again: what waits would be found twice.
            let hasRoom = waiting.count < 2 && !isDue
            async let ahead = readAhead(hasRoom)
            let outcome = await recordAndAcknowledge(group, current)
            let next = await ahead
            switch outcome {
            case .recorded: waiting.removeFirst()
            case .failed(let error):
                if let next = try next.get() { waiting.append(next) }
                // Where another leads, it finds the facts where they are.
                if let error = error as? StoreError, error.reason == .staleTerm { return Self.wait }
                throw error
            case .unacknowledged(let error):
                // Not before the reading has ended, which would go on from where it was.
                dispatch.redeliverFacts()
                waiting = []
                throw error
            }
            if let next = try next.get() { waiting.append(next) }
            return .zero
        }
    }

    /// What became of a group.
    private enum Outcome {
        case recorded
        /// Its transaction did not commit, or not for certain.
        case failed(any Error)
        /// It is recorded, and Redis may not know.
        case unacknowledged(any Error)
    }

    private func recordAndAcknowledge(_ group: FactGroup, _ term: Term) async -> Outcome {
        do {
            try await record(group, term)
        } catch {
            return .failed(error)
        }
        do {
            try Failpoint.afterRecordCommit.reachThrowing()
        } catch {
            return .unacknowledged(error)
        }
        do {
            try await dispatch.acknowledge(group)
        } catch {
            return .unacknowledged(error)
        }
        return .recorded
    }

    /// The next group, where one is wanted and there is one.
    private func readAhead(_ isWanted: Bool) async -> Result<FactGroup?, DispatchError> {
        guard isWanted else { return .success(nil) }
        do throws(DispatchError) {
            let group = try await dispatch.facts(limit: Self.limit, wait: Self.wait)
            return .success(group.isEmpty ? nil : group)
        } catch {
            return .failure(error)
        }
    }

    private func record(_ group: FactGroup, _ term: Term) async throws {
        for reason in group.rejected {
            logger.error("A fact makes no sense and is dropped", metadata: [LogKey.error: "\(reason)"])
        }
        do throws(StoreError) {
            count(try await store.record(group.facts, term: term))
        } catch {
            guard error.reason == .invalidValue else { throw error }
            logger.error("A group of facts was refused, recording them singly", metadata: [LogKey.error: "\(error)"])
            for fact in group.facts { try await recordSingly(fact, term) }
        }
    }

    /// Records a fact of a group that was refused as a whole; one bad fact must not hold up all others for ever.
    ///
    /// The job of a fact that is dropped stays handed out until Redis is put right the next time, and then runs again.
    private func recordSingly(_ fact: Fact, _ term: Term) async throws {
        do throws(StoreError) {
            count(try await store.record([fact], term: term))
        } catch {
            guard error.reason == .invalidValue else { throw error }
            logger.error(
                "A fact cannot be recorded and is dropped",
                metadata: [LogKey.job: "\(fact.lease.job)", LogKey.error: "\(error)"])
        }
    }

    private func count(_ report: RecordReport) {
        rate.add(report.ended)
        Counter(label: MetricName.jobs, dimensions: [("state", "succeeded")]).increment(by: report.succeeded)
        Counter(label: MetricName.jobs, dimensions: [("state", "failed")]).increment(by: report.failed)
        Counter(label: MetricName.retries).increment(by: report.retried)
        Counter(label: MetricName.leaseLost).increment(by: report.rerun)
        Counter(label: MetricName.staleCompletions).increment(by: report.stale)
        Recorder(label: MetricName.recordedFacts).record(
            report.ended + report.started + report.progressed + report.stale)
        if report.postponed + report.rerun + report.released > 0 { work.ring() }
        for batch in report.finishedBatches {
            logger.notice("Batch finished", metadata: [LogKey.batch: "\(batch)"])
        }
    }
}
