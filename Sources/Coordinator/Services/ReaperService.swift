import Failpoints
import JobDispatch
import Logging
import ServiceLifecycle
import Telemetry

/// Takes jobs from workers that have gone silent.
struct ReaperService: Service {
    /// Time between looks.
    static let interval = Duration.milliseconds(500)
    /// Most leases of one look; with as many, the next look comes at once.
    static let limit = 1_000

    let dispatch: JobDispatch
    let leadership: Leadership
    let logger: Logger

    func run() async throws {
        try await Steady("reaper", logger: logger).run {
            guard let term = leadership.term else { return Self.interval }
            let count: Int
            do throws(DispatchError) {
                count = try await dispatch.reap(limit: Self.limit, term: term)
            } catch {
                // The dispatcher has yet to begin the term in Redis, or another leads.
                guard error.reason != .staleTerm, error.reason != .noTerm else { return Self.interval }
                throw error
            }
            if count > 0 {
                try Failpoint.afterReap.reachThrowing()
                logger.warning("Leases ran out, their jobs go to others", metadata: [LogKey.count: "\(count)"])
            }
            return count < Self.limit ? Self.interval : .zero
        }
    }
}
