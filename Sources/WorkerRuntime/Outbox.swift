import Failpoints
import Jobs
import Logging
import Redis
import Telemetry

/// Reports on their way to Redis; keeps them while Redis is away.
///
/// A report is sent until Redis has taken or refused it. That is safe: FINISH compares the epoch, so a report that comes
/// late, or twice, changes nothing. How many pile up is bounded by ``capacity``; beyond that the stages wait, and so in
/// the end does the model.
final class Outbox: Sendable {
    private struct State {
        var facts: [Fact] = []
        var isFinished = false
        var isAbandoned = false
        var senders: [CheckedContinuation<Void, Never>] = []
        var receivers: [CheckedContinuation<Void, Never>] = []
    }

    /// Most reports that wait before the stages are held up.
    static let capacity = 4_096
    /// Most reports of one round trip.
    private static let group = 256

    private let queue: QueueLink
    private let held: HeldJobs
    private let metrics: WorkerMetrics
    private let logger: Logger
    private let monitor = Monitor(State())

    init(queue: QueueLink, held: HeldJobs, metrics: WorkerMetrics, logger: Logger) {
        self.queue = queue
        self.held = held
        self.metrics = metrics
        self.logger = logger
    }

    /// Takes reports over at once, however many wait already; for those few that no stage makes.
    func post(_ facts: [Fact]) {
        guard !facts.isEmpty else { return }
        for fact in facts { _ = held.advance(fact.lease, to: .settling) }
        monitor.change(waking: \.receivers) { $0.facts += facts }
    }

    /// Takes reports over; returns when there is room for more.
    func add(_ facts: [Fact]) async {
        post(facts)
        await monitor.wait(on: \.senders) { $0.facts.count <= Self.capacity || $0.isAbandoned }
    }

    /// Nothing more will be added; ``run()`` returns after the last report.
    func finish() {
        monitor.change(waking: \.receivers) { $0.isFinished = true }
    }

    /// Nobody waits for the rest any more.
    func abandon() {
        monitor.change(waking: \.receivers, \.senders) { $0.isAbandoned = true }
    }

    /// Sends reports until ``finish()`` or ``abandon()``.
    func run() async {
        var outage = Outage(logger, "Reports cannot be delivered; they are kept until they can")
        while let facts = await next() {
            do {
                let accepted = try await queue.finish(facts)
                Failpoint.afterFinish.reach()
                settle(facts, accepted: accepted)
                outage.ended()
                remove(facts.count)
            } catch {
                await outage.wait(error)
            }
        }
    }

    /// The first reports, which stay in the outbox until they are settled.
    private func next() async -> [Fact]? {
        await monitor.wait(on: \.receivers) { !$0.facts.isEmpty || $0.isFinished || $0.isAbandoned }
        return monitor.withLock { state in
            state.facts.isEmpty || state.isAbandoned ? nil : Array(state.facts.prefix(Self.group))
        }
    }

    private func remove(_ count: Int) {
        monitor.change(waking: \.senders) { $0.facts.removeFirst(count) }
    }

    private func settle(_ facts: [Fact], accepted: [Bool]) {
        for (fact, isAccepted) in zip(facts, accepted) {
            if isAccepted {
                metrics.settled(fact.event)
            } else if held.isHeld(fact.lease) {
                metrics.leaseWasLost()
                logger.notice(
                    "The lease was lost before its job was finished; the result is dropped",
                    metadata: [LogKey.job: "\(fact.lease.job)", LogKey.epoch: "\(fact.lease.epoch)"])
            }
        }
        held.remove(facts.map(\.lease))
    }
}
