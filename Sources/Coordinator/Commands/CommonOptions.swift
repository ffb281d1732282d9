import ArgumentParser
import Configuration
import Foundation
import Telemetry

/// Options of all subcommands.
struct CommonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("PostgreSQL, as libpq takes it [TEDI_POSTGRES].", valueName: "conninfo"))
    var postgres: String?

    @Option(help: ArgumentHelp("JSON file with settings [TEDI_CONFIG].", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical [TEDI_LOG_LEVEL].", valueName: "level"))
    var logLevel: String?

    /// The options that were given, by configuration key.
    var flags: [String: String] {
        ["postgres": postgres, "logLevel": logLevel].compactMapValues { $0 }
    }

    /// Reads the configuration and starts the log.
    func reader(_ more: [String: String] = [:]) async throws -> ConfigReader {
        let file = config ?? ProcessInfo.processInfo.environment["TEDI_CONFIG"]
        let reader = try await ConfigReader.coordinator(flags: flags.merging(more) { $1 }, file: file)
        Bootstrap.logging(level: try CoordinatorConfiguration.logLevel(in: reader))
        return reader
    }
}
