import JobDispatch
import JobStore
import Jobs
import Logging
import Metrics
import ServiceLifecycle
import Telemetry

/// Takes jobs from workers that take too long for them: a beat shows that a worker lives, not that its job moves.
///
/// Only while reports arrive and are recorded at once, and have for a while: time in which a worker could not report is
/// not the job's.
struct WatchdogService: Service {
    /// Time between looks.
    static let interval = Duration.seconds(1)
    /// Longest time from a report to its record where all is well.
    private static let delay = Duration.seconds(2)

    let store: JobStore
    /// Absent where workers claim over HTTP only.
    let dispatch: JobDispatch?
    let leadership: Leadership
    /// How long reports must have arrived.
    let patience: Duration
    let logger: Logger

    func run() async throws {
        var calm = Calm(for: patience)
        try await Steady("watchdog", logger: logger).run {
            guard let term = leadership.term else { return Self.interval }
            do {
                if try await dispatch?.factsWait() ?? .zero > Self.delay { calm.end() }
                let agenda = try await store.agenda()
                guard calm.holds(in: term, clock: agenda.clock), agenda.hasOverdue else { return Self.interval }
                let leases = try await store.endOverdue(term: term)
                guard !leases.isEmpty else { return Self.interval }
                logger.warning("Jobs were overdue", metadata: [LogKey.count: "\(leases.count)"])
                try await stop(leases)
                return .zero
            } catch let error as StoreError where error.reason == .staleTerm {
                return Self.interval
            } catch {
                calm.end()
                throw error
            }
        }
    }

    private func stop(_ leases: [Lease]) async throws {
        do {
            _ = try await dispatch?.cancel(leases)
        } catch {
            // Redis still has what PostgreSQL has not.
            leadership.doubt()
            throw error
        }
    }
}
