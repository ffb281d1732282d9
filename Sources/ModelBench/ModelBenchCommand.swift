public import ArgumentParser

/// `tedi-model-bench`: the model core beside the same networks written as ordinary eager PyTorch.
public struct ModelBenchCommand: ParsableCommand {
    /// Name, text and subcommands.
    public static let configuration = CommandConfiguration(
        commandName: "tedi-model-bench", abstract: "Figures of the model core, as ratios within one run.",
        subcommands: [RunCommand.self, MeasureCommand.self, CoreCommand.self], defaultSubcommand: RunCommand.self)

    /// Creates the command.
    public init() {}
}
