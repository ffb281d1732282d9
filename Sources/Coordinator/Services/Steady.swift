import Jobs
import Logging
import Metrics
import ServiceLifecycle
import Telemetry

/// Runs the rounds of a service until it shuts down, through any outage of PostgreSQL or Redis.
///
/// A round that throws is tried again after a capped, jittered delay. An outage is logged once when it begins and once
/// when it ends, however many tries lie between.
struct Steady: Sendable {
    /// Name of the service, for logs and metrics.
    let service: String
    let logger: Logger

    init(_ service: String, logger: Logger) {
        var logger = logger
        logger[metadataKey: LogKey.service] = "\(service)"
        self.service = service
        self.logger = logger
    }

    /// Calls `round` again and again; returns on graceful shutdown and throws on cancellation only.
    ///
    /// - Parameters:
    ///   - bell: Ends a pause early when it rings.
    ///   - round: Does one round of work; the pause before the next, zero for none.
    func run(bell: Bell = Bell(), _ round: () async throws -> Duration) async throws {
        var backoff = Backoff()
        var outage: ContinuousClock.Instant?
        while !Task.isShuttingDownGracefully {
            // A round may wait in calls that do not heed cancellation, and may ask for no pause.
            try Task.checkCancellation()
            var pause: Duration
            do {
                pause = try await round()
                if let began = outage {
                    logger.notice(
                        "Back in service", metadata: [LogKey.milliseconds: "\((.now - began).nanoseconds / 1_000_000)"])
                    outage = nil
                }
                backoff.reset()
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                try Task.checkCancellation()
                if outage == nil {
                    outage = .now
                    Counter(label: MetricName.outages, dimensions: [("service", service)]).increment()
                    logger.error("Out of service, trying again", metadata: [LogKey.error: "\(error)"])
                }
                pause = backoff.next()
            }
            if pause > .zero { try await rest(pause, outage == nil ? bell : Bell()) }
        }
    }

    /// Waits for the pause to pass, the bell to ring or the service to be shut down.
    private func rest(_ pause: Duration, _ bell: Bell) async throws {
        await withGracefulShutdownHandler {
            await bell.wait(upTo: pause)
        } onGracefulShutdown: {
            bell.ring()
        }
        try Task.checkCancellation()
    }
}
