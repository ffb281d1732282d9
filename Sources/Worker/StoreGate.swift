import Artifacts
import Logging
import Synchronization
import Telemetry

/// Keeps the claimer from claiming while the artifact store cannot be written to.
final class StoreGate: Sendable {
    private let store: any ArtifactStore
    private let logger: Logger
    private let health: Mutex<StoreHealth>

    init(store: any ArtifactStore, logger: Logger, health: StoreHealth = StoreHealth()) {
        self.store = store
        self.logger = logger
        self.health = Mutex(health)
    }

    /// The store failed for reasons of its own.
    func failed(_ error: ArtifactError) {
        guard health.withLock({ $0.failed() }) == .down else { return }
        logger.error(
            "The artifact store cannot be written to; jobs are put off until it can",
            metadata: [LogKey.error: "\(error)"])
    }

    /// Something was stored.
    func succeeded() {
        guard health.withLock({ $0.succeeded() }) == .back else { return }
        logger.notice("The artifact store can be written to again")
    }

    /// Returns at once while the store is well; else probes it until it is, or the task is cancelled.
    func waitUntilWell() async {
        while let delay = health.withLock({ $0.isDown ? $0.nextProbe() : nil }) {
            do {
                try await Task.sleep(for: delay)
                try await store.probe(bytes: Self.probe)
                succeeded()
            } catch is CancellationError {
                return
            } catch {
                continue
            }
        }
    }

    /// About one micro-batch of small pictures.
    private static let probe = 1 << 20
}
