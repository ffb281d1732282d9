import ArgumentParser

/// Looks into how a pack works.
struct AnalyseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyse", abstract: "Measure how a pack works inside.",
        discussion: "Example: tedi-model analyse layers --pack Resources/Packs/demo-64 --picture layers.png",
        subcommands: [AnalyseLayersCommand.self])
}
