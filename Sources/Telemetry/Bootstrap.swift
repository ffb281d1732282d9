import CoreMetrics
import Foundation
public import Logging

/// Sets up logging and metrics of a process, once, before its first logger is made.
public enum Bootstrap {
    /// Sends logs to standard error: text where that is a terminal, one JSON object a line otherwise.
    ///
    /// - Parameter level: Least severe level that is written.
    public static func logging(level: Logger.Level) {
        let terminal = isatty(STDERR_FILENO) == 1
        LoggingSystem.bootstrap { label in
            guard !terminal else {
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = level
                return handler
            }
            return JSONLogHandler(label: label, level: level) { line in
                // One write per line keeps lines whole between threads and processes (up to PIPE_BUF).
                // A log that nobody reads any more (closed pipe) is no reason to stop.
                try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
            }
        }
    }

    /// The level of `TEDI_LOG_LEVEL` (`trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`).
    ///
    /// - Parameters:
    ///   - text: Value of the variable, nil where it is not set.
    ///   - fallback: Level where it is not set.
    /// - Returns: The level, or nil where the text names none.
    public static func level(_ text: String?, default fallback: Logger.Level = .info) -> Logger.Level? {
        guard let text, !text.isEmpty else { return fallback }
        return Logger.Level(rawValue: text.lowercased())
    }

    /// Makes a registry the destination of all metrics of the process.
    public static func metrics() -> PrometheusRegistry {
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        return registry
    }
}
