import JobStore
import Jobs
import Logging
import Metrics
import ServiceLifecycle
import Telemetry

/// Fires cron entries whose time has come.
///
/// What is wrong with one entry is noted there and holds up no other; only where PostgreSQL is out of reach, all wait.
struct CronService: Service {
    /// Longest time between looks: an entry may be added or changed by another coordinator.
    static let interval = Duration.seconds(1)
    /// Shortest time between looks.
    static let brief = Duration.milliseconds(10)
    /// Most entries of one look; with as many, the next look comes at once.
    static let limit = 100

    let store: JobStore
    let leadership: Leadership
    /// Rings when there is something new to dispatch.
    let work: Bell
    let logger: Logger

    func run() async throws {
        try await Steady("cron", logger: logger).run {
            guard let term = leadership.term else { return Self.interval }
            do throws(StoreError) {
                let agenda = try await store.cronAgenda(limit: Self.limit)
                for due in agenda.due { try await fire(due, term) }
                guard agenda.due.isEmpty else { return .zero }
                return min(Self.interval, max(agenda.wait ?? Self.interval, Self.brief))
            } catch {
                // The leader service will notice too; until then there is nothing to do here.
                guard error.reason != .staleTerm else { return Self.interval }
                throw error
            }
        }
    }

    private func fire(_ due: DueCron, _ term: Term) async throws(StoreError) {
        do throws(StoreError) {
            report(try await store.fireCron(due, term: term, zones: Zones.offset, check: CronCaptions.refused), of: due)
        } catch {
            // Whatever concerns this entry alone must not come back for ever.
            guard !error.isUnavailable, error.reason != .staleTerm, error.reason != .cancelled else { throw error }
            try await store.failCron(due, error.message, term: term, zones: Zones.offset)
            report(.failed(error.message), of: due)
        }
    }

    private func report(_ firing: CronFiring, of due: DueCron) {
        let entry: Logger.MetadataValue = "\(due.name)"
        switch firing {
        case .fired(let batch):
            work.ring()
            count("fired")
            logger.info("Cron entry fired", metadata: [LogKey.cron: entry, LogKey.batch: "\(batch.id)"])
        case .skipped:
            count("skipped")
            logger.notice("Cron entry missed its time, which is left out", metadata: [LogKey.cron: entry])
        case .failed(let message):
            count("failed")
            logger.warning("Cron entry cannot fire", metadata: [LogKey.cron: entry, LogKey.error: "\(message)"])
        case .gone: break
        }
    }

    private func count(_ outcome: String) {
        Counter(label: MetricName.cronFirings, dimensions: [("outcome", outcome)]).increment()
    }
}
