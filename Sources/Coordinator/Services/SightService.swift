import JobDispatch
import JobStore
import Logging
import ServiceLifecycle

/// Looks whether Redis can be reached from here, and tells the other coordinators.
struct SightService: Service {
    /// Time between looks.
    static let interval = Duration.seconds(1)

    let store: JobStore
    /// With a short patience: a Redis that hangs is out of reach.
    let dispatch: JobDispatch
    let sight: RedisSight
    /// Name of this coordinator.
    let name: String
    let logger: Logger

    func run() async throws {
        try await Steady("sight", logger: logger).run {
            let start = ContinuousClock.now
            let seesRedis: Bool
            do throws(DispatchError) {
                try await dispatch.ping()
                seesRedis = true
            } catch {
                seesRedis = false
            }
            sight.note(answered: seesRedis, at: start)
            try await store.announceCoordinator(name, seesRedis: seesRedis)
            return Self.interval
        }
    }
}
