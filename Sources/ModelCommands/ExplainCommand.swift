import ArgumentParser
import Explanation
import Foundation
import Images
import TediGAN

/// Draws the pictures of Docs/model-core.md.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Draw a picture of each idea of the paper with a pack, and write the numbers behind them.",
        discussion: """
            Writes mapping.png, adain.png, ... and model-core.json; Docs/model-core.md explains them.
            Example: tedi-model explain --pack Resources/Packs/demo-64 --out Docs/pictures
            """)

    @OptionGroup var options: JudgedPackOptions

    @Option(help: "Folder to write; made where it is missing.")
    var out: String

    @Option(name: .customLong("only"), help: "Just this picture; may be given several times.")
    var only: [String] = []

    func validate() throws {
        for name in only where !Studio.names.contains(name) {
            throw ValidationError("--only is one of \(Studio.names.joined(separator: ", "))")
        }
    }

    func run() throws {
        let (pack, judge) = try options.open()
        let studio = try Studio(pack: pack, judge: judge, seed: options.seed)
        let folder = URL(fileURLWithPath: out)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("model-core.json")
        // Pictures that are not drawn this time keep their numbers.
        var numbers: [String: JSONValue] = [:]
        if !only.isEmpty, let old = try? Data(contentsOf: file) {
            numbers = (try? JSONDecoder().decode([String: JSONValue].self, from: old)) ?? [:]
        }
        for name in only.isEmpty ? Studio.names : only {
            Self.say(name)
            let exhibit: Exhibit
            do {
                exhibit = try studio.exhibit(name)
            } catch TediGANError.missing(let path, let role) where only.isEmpty {
                // The rest can be shown all the same.
                Self.say("no picture: \(TediGANError.missing(path: path, role))")
                continue
            }
            let png = try PNG.encode(exhibit.picture, options: .small)
            try Data(png).write(to: folder.appendingPathComponent(name + ".png"), options: .atomic)
            numbers[name] = exhibit.numbers
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try encoder.encode(numbers).write(to: file, options: .atomic)
    }

    private static func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
