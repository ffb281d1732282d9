import JobDispatch
import JobStore
import Jobs
import Logging
import Metrics
import ServiceLifecycle
import Telemetry

/// Brings what workers announce in Redis into PostgreSQL, and the lanes that come of it back to the workers.
struct RegistryService: Service {
    /// Time between looks: how long a first worker waits for its lane.
    static let interval = Duration.milliseconds(500)
    /// Looks after which unchanged workers are noted as still there; well within ``JobStore/presence``.
    static let refresh = 10

    let store: JobStore
    let dispatch: JobDispatch
    let leadership: Leadership
    let logger: Logger

    func run() async throws {
        var known: [WorkerAnnouncement] = []
        var looks = 0
        try await Steady("registry", logger: logger).run {
            guard leadership.term != nil else {
                known = []
                return Self.interval
            }
            let looked = ContinuousClock.now
            let registered = try await dispatch.workers()
            let workers = registered.map(\.announcement)
            Gauge(label: MetricName.workers).record(workers.count)
            let isDue = looks.isMultiple(of: Self.refresh)
            if isDue || workers != known {
                note(workers, besides: known)
                let heard = registered.map { ($0.announcement.name, looked - $0.silence) }
                try await store.announce(workers, heard: Dictionary(heard) { max($0, $1) })
                known = workers
            }
            looks += 1
            // Each time, for Redis may have forgotten them since.
            try await dispatch.publish(store.lanes())
            try await dispatch.publish(store.orders())
            return Self.interval
        }
    }

    private func note(_ workers: [WorkerAnnouncement], besides known: [WorkerAnnouncement]) {
        let before = Set(known.map(\.name))
        for worker in workers where !before.contains(worker.name) {
            logger.notice("Worker joined", metadata: [LogKey.worker: "\(worker.name)"])
        }
        for name in before.subtracting(workers.map(\.name)).sorted() {
            logger.notice("Worker left", metadata: [LogKey.worker: "\(name)"])
        }
    }
}
