public import ArgumentParser

/// `tedi-queue-bench`: figures of the queue beside those of other queues on the same servers.
public struct QueueBenchCommand: AsyncParsableCommand {
    /// Name and subcommands.
    public static let configuration = CommandConfiguration(
        commandName: "tedi-queue-bench", abstract: "Figures of the queue, as ratios within one run.",
        subcommands: [RunCommand.self, WorkCommand.self], defaultSubcommand: RunCommand.self)

    /// Made by the argument parser.
    public init() {}
}
