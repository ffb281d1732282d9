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

    /// The store failed to take so many bytes, for reasons of its own.
    func failed(_ error: ArtifactError, bytes: Int) {
        guard health.withLock({ $0.failed(bytes: bytes) }) == .down else { return }
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
        while let (delay, bytes) = health.withLock({ $0.isDown ? ($0.nextProbe(), $0.missing) : nil }) {
            do {
                try await Task.sleep(for: delay)
                try await store.probe(bytes: bytes)
                health.withLock { $0.probed() }
            } catch is CancellationError {
                return
            } catch {
                continue
            }
        }
    }
}
