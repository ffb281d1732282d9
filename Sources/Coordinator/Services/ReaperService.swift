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
        // After an outage of Redis leases may have run out because nobody could renew them; workers get the time of a
        // beat and a half to do so before any is taken away.
        var isSettled = false
        try await Steady("reaper", logger: logger).run {
            guard leadership.term != nil else {
                isSettled = false
                return Self.interval
            }
            guard isSettled else {
                try await dispatch.ping()
                isSettled = true
                return dispatch.configuration.beat * 1.5
            }
            isSettled = false
            let count = try await dispatch.reap(limit: Self.limit)
            isSettled = true
            if count > 0 {
                logger.warning("Leases ran out, their jobs go to others", metadata: [LogKey.count: "\(count)"])
            }
            return count < Self.limit ? Self.interval : .zero
        }
    }
}
