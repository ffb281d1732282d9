import Foundation
import Logging
import ServiceLifecycle
import Telemetry

/// Writes the metrics to a file, whole or not at all, for a collector that reads files; a worker listens on no port.
struct MetricsFile: Service {
    let path: String
    let registry: PrometheusRegistry
    let logger: Logger
    var interval = Duration.seconds(15)

    /// Runs until the shutdown of the group, and then writes once more.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                write()
                try? await Task.sleep(for: interval)
            }
        }
        write()
    }

    private func write() {
        do {
            try Data(registry.exposition().utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            logger.warning("The metrics cannot be written", metadata: [LogKey.error: "\(error)"])
        }
    }
}
