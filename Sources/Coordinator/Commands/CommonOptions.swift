import ArgumentParser
import Configuration
import Foundation
import Postgres
import Telemetry

/// Options of all subcommands.
struct CommonOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("PostgreSQL, as libpq takes it, without a password [TEDI_POSTGRES].", valueName: "conninfo"))
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
        try refuseSecrets()
        let file = config ?? ProcessInfo.processInfo.environment["TEDI_CONFIG"]
        let reader = try await ConfigReader.coordinator(flags: flags.merging(more) { $1 }, file: file)
        Bootstrap.logging(level: try CoordinatorConfiguration.logLevel(in: reader))
        return reader
    }

    /// What stands on the command line, every user of the machine can read.
    private func refuseSecrets() throws(StartupError) {
        guard let postgres, PostgresOptions.holdsPassword(postgres) else { return }
        throw StartupError(
            "--postgres has a password",
            remedy: "Give it in a file that PGPASSFILE names, or the whole with TEDI_POSTGRES instead")
    }
}
