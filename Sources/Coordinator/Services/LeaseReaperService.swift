import JobStore
import Logging
import ServiceLifecycle
import Telemetry

/// Takes jobs from workers that claimed them over HTTP and have gone silent, while they could have been heard.
struct LeaseReaperService: Service {
    /// Time between looks.
    static let interval = Duration.milliseconds(500)
    /// Time between looks for leases that no clock gave that is right.
    static let shortening = Duration.seconds(30)

    let store: JobStore
    let leadership: Leadership
    /// How long workers must have been able to beat.
    let patience: Duration
    /// Rings when there may be something to dispatch.
    let work: Bell
    let logger: Logger

    func run() async throws {
        var calm = Calm(for: patience)
        var shortened = ContinuousClock.now
        try await Steady("lease-reaper", logger: logger).run {
            guard let term = leadership.term else { return Self.interval }
            do {
                let agenda = try await store.agenda()
                if ContinuousClock.now - shortened >= Self.shortening {
                    try await store.shortenLeases(to: WorkQueueRoutes.longestLease)
                    shortened = .now
                }
                guard calm.holds(in: term, clock: agenda.clock), agenda.hasLostLeases else { return Self.interval }
                let count = try await store.reapLeases(term: term)
                guard count > 0 else { return Self.interval }
                logger.warning("Leases ran out, their jobs go to others", metadata: [LogKey.count: "\(count)"])
                work.ring()
                return .zero
            } catch let error as StoreError where error.reason == .staleTerm {
                return Self.interval
            } catch {
                calm.end()
                throw error
            }
        }
    }
}
