public import ArgumentParser

/// `tedi-system-bench`: figures of the whole system, as people run it.
public struct SystemBenchCommand: AsyncParsableCommand {
    /// Name and subcommands.
    public static let configuration = CommandConfiguration(
        commandName: "tedi-system-bench", abstract: "Figures of the whole system, as ratios within one run.",
        subcommands: [RunCommand.self], defaultSubcommand: RunCommand.self)

    /// Made by the argument parser.
    public init() {}
}
