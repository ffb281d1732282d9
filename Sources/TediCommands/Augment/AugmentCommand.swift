import ArgumentParser
import Augmentation
import Client
import Foundation

/// `tedi augment`.
struct AugmentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "augment",
        abstract: "Makes more of a data set of faces: edits, other styles, other faces, other words.",
        discussion: """
            A recipe says what is made of each image and how good it must be; see Docs/augmentation.md. What is killed \
            goes on with the same command, and a second run makes only what is new. Samples that failed are listed in \
            failed.jsonl and are tried again alone by: tedi augment retry FOLDER

            Example:
              tedi augment faces --recipe recipe.yaml --out faces-augmented --dry-run
              tedi augment faces --recipe recipe.yaml --out faces-augmented
              tedi augment retry faces-augmented
            """,
        subcommands: [AugmentRunCommand.self, AugmentRetryCommand.self],
        defaultSubcommand: AugmentRunCommand.self)
}

/// `tedi augment DATASET`.
struct AugmentRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Makes what a recipe wants of a data set (the default).",
        discussion: """
            Example:
              tedi augment faces --recipe recipe.yaml --out faces-augmented --limit 100
            """)

    @Argument(
        help: ArgumentHelp(
            "Folder in the layout of Multi-Modal CelebA-HQ, folder or .csv file that names pictures, or shards.",
            valueName: "dataset"))
    var datasets: [String]

    @Option(help: ArgumentHelp("What to make, as YAML.", valueName: "file"))
    var recipe: String

    @Option(help: ArgumentHelp("Folder for the samples; made if it is missing.", valueName: "folder"))
    var out: String

    @Flag(help: "Print the plan, estimate the time and stop.")
    var dryRun = false

    @Option(help: "Most images of the data set to work on.")
    var limit: Int?

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard limit ?? 1 >= 1 else { throw ValidationError("--limit must be at least 1") }
    }

    func run() async throws {
        let source = InputSource(path: recipe)
        let bytes = try await blocking { try source.read() }
        let parsed: Recipe
        do throws(RecipeError) {
            parsed = try RecipeReader.recipe(bytes, file: source.name)
        } catch {
            throw CommandError.badInput("\(error)", remedy: "Mend the recipe and run again; nothing was done.")
        }
        let order = AugmentationRun.Order(
            datasets: datasets, recipe: parsed, recipeText: bytes, folder: RunFolder(out), limit: limit)
        let session = AugmentSession(order: order, format: output.format)
        guard !dryRun else {
            let connection = connection
            return try await session.dryRun { (try connection.address(), try connection.apiKey()) }
        }
        try await session.run(at: try connection.address(), apiKey: try connection.apiKey())
    }
}

/// `tedi augment retry`.
struct AugmentRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Tries the samples that failed or were rejected again, and those alone.",
        discussion: """
            Images are read again, so mend or replace them first. What succeeds goes into the shard that its key has \
            always had.

            Example:
              tedi augment retry faces-augmented
            """)

    @Argument(help: ArgumentHelp("Folder of the run.", valueName: "folder"))
    var folder: String

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let folder = RunFolder(folder)
        guard FileManager.default.fileExists(atPath: folder.state) else {
            throw CommandError.badInput(
                "\(folder.path) is no folder of an augmentation run",
                remedy: "Name the folder that was given with --out.")
        }
        let bytes = try await blocking { try InputSource(path: folder.recipe).read() }
        let recipe: Recipe
        do throws(RecipeError) {
            recipe = try RecipeReader.recipe(bytes, file: folder.recipe)
        } catch {
            throw CommandError.badInput("\(error)", remedy: "Put the recipe of the run back.")
        }
        let order = AugmentationRun.Order(
            datasets: [], recipe: recipe, recipeText: bytes, folder: folder, isRetry: true)
        try await AugmentSession(order: order, format: output.format)
            .run(at: try connection.address(), apiKey: try connection.apiKey())
    }
}
