import Logging
import Telemetry

/// Waits out the failures of a service: logs the first of an outage and its end, and nothing in between.
struct Outage: Sendable {
    private let logger: Logger
    private let message: Logger.Message
    private var backoff: Backoff
    private var isOn = false

    init(
        _ logger: Logger, _ message: Logger.Message,
        backoff: Backoff = Backoff(from: .milliseconds(50), upTo: .seconds(1))
    ) {
        self.logger = logger
        self.message = message
        self.backoff = backoff
    }

    /// Notes a failure and waits before the next attempt; returns early in a cancelled task.
    mutating func wait(_ error: any Error) async {
        if !isOn { logger.warning(message, metadata: [LogKey.error: "\(error)"]) }
        isOn = true
        try? await Task.sleep(for: backoff.next())
    }

    /// Notes a success.
    mutating func ended() {
        if isOn { logger.notice("The queue answers again") }
        isOn = false
        backoff.reset()
    }
}
