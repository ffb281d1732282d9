import Artifacts
import Logging
import ServiceLifecycle
import Telemetry

/// Removes what crashed writers left in the artifact store: temporaries that nobody will rename any more.
struct SweeperService: Service {
    /// Time between sweeps.
    static let interval = Duration.seconds(3_600)
    /// Time between looks whether this coordinator leads.
    static let patience = Duration.seconds(1)
    /// Seconds after which a temporary has no writer: a write takes a moment, not an hour.
    static let age = 3_600

    /// A store of its own: a sweep walks all folders and would keep requests from the thread of theirs.
    let artifacts: LocalArtifactStore
    let leadership: Leadership
    let logger: Logger

    func run() async throws {
        try await Steady("sweeper", logger: logger).run {
            guard leadership.term != nil else { return Self.patience }
            let removed = try await artifacts.sweep(olderThan: Self.age)
            if removed > 0 { logger.notice("Swept abandoned files", metadata: [LogKey.count: "\(removed)"]) }
            return Self.interval
        }
    }
}
