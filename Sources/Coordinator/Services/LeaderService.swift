import Failpoints
import JobStore
import Jobs
import Logging
import Metrics
import ServiceLifecycle
import Telemetry

/// Keeps this coordinator the leader, or waits to become it.
///
/// The lease in PostgreSQL runs ``ttl`` and is renewed every ``interval``. What this process believes of it counts from
/// before the request was sent, less ``margin``, so it ends before any other coordinator can begin.
///
/// One that is cut off from Redis could hand nothing out: while another reaches it, this one stands back.
struct LeaderService: Service {
    /// How long a lease runs unless it is renewed.
    static let ttl = Duration.seconds(6)
    /// Time between renewals, and between tries to become leader.
    static let interval = Duration.seconds(2)
    /// What the local trust window is shorter than the lease.
    static let margin = Duration.seconds(1)

    let store: JobStore
    let leadership: Leadership
    /// Of a Redis that nobody looks for, where workers claim over HTTP only, it is never lost.
    let sight: RedisSight
    /// Name of this coordinator.
    let holder: String
    let logger: Logger

    func run() async throws {
        let steady = Steady("leader", logger: logger)
        try await steady.run { try await round() }
        await release()
    }

    private func round() async throws -> Duration {
        let start = ContinuousClock.now
        let trustedUntil = start + Self.ttl - Self.margin
        if let term = leadership.heldTerm {
            if let seen = leadership.takeSeen(), seen > term,
                let next = try await store.advanceTerm(term, beyond: seen, holder: holder, ttl: Self.ttl)
            {
                logger.error(
                    "Redis has seen a later term than PostgreSQL, which was set back; leading in a term beyond it",
                    metadata: [LogKey.term: "\(next)"])
                leadership.grant(next, until: trustedUntil)
                return Self.interval
            }
            if try await store.renewLeadership(holder: holder, term: term, ttl: Self.ttl) {
                leadership.grant(term, until: trustedUntil)
                if try await standsBack() {
                    logger.warning("Redis can be reached by another coordinator, and not from here: let it lead")
                    await release()
                }
                return Self.interval
            }
            leadership.end()
            gauge(0)
            logger.warning("Not leading any more", metadata: [LogKey.term: "\(term)"])
        }
        if try await standsBack() { return Self.interval }
        guard let term = try await store.acquireLeadership(holder: holder, ttl: Self.ttl) else {
            // Spread out, so that those who wait do not all ask in the same instant.
            return Self.interval * Double.random(in: 0.25...0.5)
        }
        try Failpoint.afterLeading.reachThrowing()
        leadership.grant(term, until: trustedUntil)
        gauge(1)
        logger.notice("Leading", metadata: [LogKey.term: "\(term)"])
        return Self.interval
    }

    /// Whether another coordinator could hand jobs out, and this one could not.
    private func standsBack() async throws -> Bool {
        guard sight.isLost else { return false }
        return try await store.doOthersSeeRedis(besides: holder)
    }

    /// Lets another coordinator begin at once instead of after the rest of the lease.
    private func release() async {
        guard let term = leadership.end() else { return }
        gauge(0)
        do {
            try await store.releaseLeadership(holder: holder, term: term)
            logger.notice("Leadership released", metadata: [LogKey.term: "\(term)"])
        } catch {
            logger.warning("Leadership not released; it ends by itself", metadata: [LogKey.error: "\(error)"])
        }
    }

    private func gauge(_ value: Int) {
        Gauge(label: MetricName.leader).record(value)
    }
}
