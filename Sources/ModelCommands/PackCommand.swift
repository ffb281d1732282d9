import ArgumentParser
import Foundation
import Importing
import TediGAN

/// Looks into packs.
struct PackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pack", abstract: "Show or verify a model pack.",
        discussion: "Example: tedi-model pack show Resources/Packs/demo-64", subcommands: [Show.self, Verify.self])

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
}
