import JobDispatch
import JobStore
import Logging
import Metrics
import ServiceLifecycle
import Telemetry

/// Takes jobs from workers that take too long for them: a beat shows that a worker lives, not that its job moves.
struct WatchdogService: Service {
    /// Time between looks.
    static let interval = Duration.seconds(1)

    let store: JobStore
    /// Absent where workers claim over HTTP only.
    let dispatch: JobDispatch?
    let leadership: Leadership
    let logger: Logger

    func run() async throws {
        try await Steady("watchdog", logger: logger).run {
            guard let term = leadership.term else { return Self.interval }
            do {
                guard try await store.agenda().hasOverdue else { return Self.interval }
                let leases = try await store.endOverdue(term: term)
                guard !leases.isEmpty else { return Self.interval }
                logger.warning("Jobs were overdue", metadata: [LogKey.count: "\(leases.count)"])
                _ = try await dispatch?.cancel(leases)
                return .zero
            } catch let error as StoreError where error.reason == .staleTerm {
                return Self.interval
            }
        }
    }
}
