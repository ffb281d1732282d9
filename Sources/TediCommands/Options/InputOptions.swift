import ArgumentParser
import Jobs

/// What all lines work on; or, without a file, the lines themselves.
struct InputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Caption of lines that have none, or the only one where no file is given.", valueName: "text"))
    var caption: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Photo of lines that have none; without a file, each photo is a line.", valueName: "file"))
    var photo: [String] = []

    @Option(help: ArgumentHelp("Sketch of lines that have none.", valueName: "file"))
    var sketch: String?

    @Option(help: ArgumentHelp("Label map of lines that have none.", valueName: "file"))
    var labels: String?

    @Option(help: ArgumentHelp("Latent code of lines that have none: a file, or job: and a number.", valueName: "code"))
    var code: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Sources of lines that have none: files, or job: and a number.", valueName: "source"))
    var source: [String] = []

    @Flag(help: "Draw from random numbers alone.")
    var noise = false

    /// Everything but the photos, which may be lines.
    func draft() -> ItemDraft {
        var draft = ItemDraft()
        draft.caption = caption
        draft.isNoise = noise
        draft.inputs[.sketch] = sketch.map { [$0] }
        draft.inputs[.labels] = labels.map { [$0] }
        draft.inputs[.code] = code.map { [$0] }
        if !source.isEmpty { draft.inputs[.sources] = source }
        return draft
    }
}

extension LocalFiles {
    /// The draft with references in the place of files that were named on the command line.
    mutating func named(_ draft: ItemDraft) throws(CommandError) -> ItemDraft {
        var draft = draft
        for (role, texts) in draft.inputs {
            var references: [String] = []
            for text in texts {
                do throws(ItemError) {
                    references.append(try reference(text, as: role, isExplicit: true))
                } catch {
                    throw .badInput("\(error)", remedy: "Nothing was submitted.")
                }
            }
            draft.inputs[role] = references
        }
        return draft
    }
}
