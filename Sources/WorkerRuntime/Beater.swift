import JobDispatch
import Jobs
import Logging
import Telemetry
import Threads

/// Keeps this worker's leases alive and hears which of them are gone.
///
/// It runs on a thread of its own and a connection of its own: neither a model that takes every core, nor a disk or a
/// claim that hangs, holds up a beat. The thread waits by blocking, since a timer of the cooperative pool could be late
/// for the very reasons that the beat must outlive.
final class Beater: Sendable {
    private let queue: QueueLink
    private let held: HeldJobs
    private let outbox: Outbox
    private let signals: Signals
    /// Told to end the worker.
    private let onDrain: @Sendable () -> Void
    private let metrics: WorkerMetrics
    private let logger: Logger
    private let interval: Duration
    private let prefetch: Prefetch
    private let thread = ThreadExecutor(name: "beat")
    private let pause = Pause()

    init(
        queue: QueueLink, held: HeldJobs, outbox: Outbox, signals: Signals, metrics: WorkerMetrics, logger: Logger,
        interval: Duration, prefetch: Prefetch, onDrain: @escaping @Sendable () -> Void
    ) {
        self.queue = queue
        self.held = held
        self.outbox = outbox
        self.signals = signals
        self.onDrain = onDrain
        self.metrics = metrics
        self.logger = logger
        self.interval = interval
        self.prefetch = prefetch
    }

    /// Announces the worker and beats until ``stop()``.
    func run(_ announcement: WorkerAnnouncement) async {
        await withTaskExecutorPreference(thread) { await beat(announcement) }
    }

    /// Ends ``run(_:)`` after the beat that is under way.
    func stop() {
        pause.end()
    }

    private func beat(_ announcement: WorkerAnnouncement) async {
        var backoff = Backoff(from: .milliseconds(100), upTo: min(.seconds(1), interval))
        var isOut = false
        while !pause.isEnded {
            do {
                let report = try await queue.beat(held.live, overdue: prefetch.overdueLane)
                if !report.isRegistered { try await queue.register(announcement) }
                act(on: report)
                if isOut { logger.notice("Beats arrive again") }
                isOut = false
                backoff.reset()
                pause.wait(interval)
            } catch {
                if !isOut {
                    // What is under way goes on: a lease that outlasts the outage is still ours afterwards.
                    logger.warning("Beats do not arrive", metadata: [LogKey.error: "\(error)"])
                }
                isOut = true
                pause.wait(backoff.next())
            }
        }
    }

    private func act(on report: BeatReport) {
        if signals.note(order: report.order, shouldYield: report.shouldYield) {
            logger.notice("Ordered by an operator", metadata: [LogKey.stage: "\(report.order.name)"])
            if report.order == .drain { onDrain() }
        }
        for lease in report.lost where held.drop(lease) {
            metrics.leaseWasLost()
            logger.notice("Lost a lease", metadata: [LogKey.job: "\(lease.job)", LogKey.epoch: "\(lease.epoch)"])
        }
        let cancelled = report.cancelled.filter(held.drop)
        for lease in cancelled {
            metrics.jobWasCancelled()
            logger.info("Job cancelled", metadata: [LogKey.job: "\(lease.job)", LogKey.epoch: "\(lease.epoch)"])
        }
        // PostgreSQL has ended these jobs; this only makes Redis forget them.
        outbox.post(cancelled.map { queue.fact($0, .snoozed(.zero)) })
    }
}
