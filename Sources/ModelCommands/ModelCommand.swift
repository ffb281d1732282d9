public import ArgumentParser

/// `tedi-model`: trains, judges and runs packs on one machine, without a queue.
public struct ModelCommand: ParsableCommand {
    /// Name, text and subcommands.
    public static let configuration = CommandConfiguration(
        commandName: "tedi-model",
        abstract: "Train, evaluate and run TediGAN model packs on this machine.",
        discussion: "Example: tedi-model sample --pack Resources/Packs/demo-64 --caption \"she has blond hair\"",
        version: "0.1.0",
        subcommands: [
            TrainCommand.self, EvaluateCommand.self, SampleCommand.self, AlignCommand.self, InvertCommand.self,
            EditCommand.self, PackCommand.self, DataCommand.self, ImportCommand.self, DirectionsCommand.self,
            AnalyseCommand.self, ExplainCommand.self,
        ])

    /// The command without arguments shows its help.
    public init() {}
}
