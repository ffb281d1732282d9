public import ArgumentParser

/// `tedi-coordinator`: the process that stores batches, hands jobs out and records what came of them.
public struct CoordinatorCommand: AsyncParsableCommand {
    /// Name, help and subcommands.
    public static let configuration = CommandConfiguration(
        commandName: "tedi-coordinator",
        abstract: "Stores batches of captions, hands jobs to workers and records what came of them.",
        discussion: """
            Every option can be given by an environment variable instead, such as TEDI_POSTGRES for --postgres, or in \
            a JSON file (--config). An option wins over the environment, and that over the file.
            """,
        version: Version.current, subcommands: [ServeCommand.self, MigrateCommand.self, KeyCommand.self])

    /// Makes the command.
    public init() {}
}

/// The version of the coordinator.
enum Version {
    static let current = "0.1.0"
}
