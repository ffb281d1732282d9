import ArgumentParser
import Foundation
import Importing
import Reporting
import TediGAN
import Training

/// Builds packs and looks into them.
struct PackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pack", abstract: "Build, extend, show, verify or compare model packs.",
        discussion: "Example: tedi-model pack show Resources/Packs/demo-64",
        subcommands: [Build.self, Add.self, Show.self, Verify.self, Diff.self])

    /// A pack of what was trained.
    struct Build: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put the networks of a training run together as a pack, as their checkpoints stand.",
            discussion: "Example: tedi-model pack build run --recipe recipe.json --out packs/mine")

        @Argument(help: "Folder of the run, as `tedi-model train --out` names it.")
        var folder: String

        @Option(help: "Recipe file (JSON) of the run; the built-in recipe of demo-64 otherwise.")
        var recipe: String?

        @Option(help: "Folder of the pack; a new one.")
        var out: String

        func run() throws {
            guard !FileManager.default.fileExists(atPath: out) else {
                throw ValidationError("\(out) is there already; name a new folder")
            }
            let recipe = try recipe.map { try Recipe.read(URL(fileURLWithPath: $0)) } ?? Recipe()
            let training = try TrainingRun(
                recipe, folder: URL(fileURLWithPath: folder), threads: 1, stop: StopSignal())
            let pack = try training.writePack(to: URL(fileURLWithPath: out))
            print(
                "\(pack.manifest.name) \(pack.digest): \(pack.manifest.parts.map(\.role.title).joined(separator: ", "))"
            )
        }
    }

    /// The description of a pack.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print what a pack says of itself, as JSON.")

        @Argument(help: "Pack folder.")
        var path: String

        func run() throws {
            let pack = try ModelPack(opening: path)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(pack.manifest), as: UTF8.self))
        }
    }

    /// A full check of a pack.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every file's digest, and that the tensors are those of the pack's networks.")

        @Argument(help: "Pack folder.")
        var path: String

        func run() throws {
            let pack = try ModelPack(opening: path)
            try pack.verifyParts()
            let parts = pack.manifest.parts.map(\.role.title).joined(separator: ", ")
            print("\(pack.manifest.name) \(pack.digest): \(pack.manifest.files.count) files and all tensors are right")
            print("parts: \(parts)")
        }
    }

    /// What sets two packs apart.
    struct Diff: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell what sets one pack apart from another; exit status 1 where anything does.")

        @Argument(help: "Pack folder.")
        var first: String

        @Argument(help: "Another pack folder.")
        var second: String

        func run() throws {
            let (old, new) = (try ModelPack(opening: first), try ModelPack(opening: second))
            let difference = try PackDifference(from: old, to: new)
            guard !difference.isEmpty else { return print("the packs say and hold the same") }
            print("\(old.manifest.name) \(old.digest.prefix(12)) and \(new.manifest.name) \(new.digest.prefix(12))")
            var fields = Table([.left("field"), .left("first"), .left("second")])
            for field in difference.fields {
                fields.add([field.path, Self.text(field.before), Self.text(field.after)])
            }
            var weights = Table([
                .left("network"), .right("tensors alike"), .right("changed"), .right("by"), .left("in one pack only"),
            ])
            for part in difference.weights {
                weights.add([
                    part.role?.title ?? "layer policy", "\(part.same)", "\(part.changed)",
                    String(format: "%.3g", part.change),
                    part.others.isEmpty ? "" : "\(part.others.count): \(part.others.prefix(3).joined(separator: ", "))",
                ])
            }
            for table in [fields, weights] where !table.rows.isEmpty {
                print("")
                table.render().forEach { print($0) }
            }
            throw ExitCode.failure
        }

        private static func text(_ value: JSONValue?) -> String {
            guard let value else { return "-" }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            guard let data = try? encoder.encode(value) else { return "?" }
            let text = String(decoding: data, as: UTF8.self)
            return text.count > 60 ? text.prefix(57) + "..." : text
        }
    }
}
