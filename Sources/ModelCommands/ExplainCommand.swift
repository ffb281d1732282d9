import ArgumentParser
import Explanation
import Foundation
import Images
import TediGAN
import Torch
import Training

/// Draws the pictures of Docs/model-core.md.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Draw a picture of each idea of the paper with a pack, and write the numbers behind them.",
        discussion: """
            Writes mapping.png, adain.png, ... and model-core.json; Docs/model-core.md explains them.
            Example: tedi-model explain --pack Resources/Packs/demo-64 --out Docs/pictures
            """)

    @Option(help: "Pack folder.")
    var pack: String

    @Option(help: "Judge file, as `tedi-model train classifier` writes it.")
    var judge = "Resources/Judges/demo-64.safetensors"

    @Option(help: "Folder to write; made where it is missing.")
    var out: String

    @Option(help: "Seed of faces and noise.")
    var seed: UInt64 = 1

    @Option(help: "Threads of LibTorch.")
    var threads = 2

    @Option(name: .customLong("only"), help: "Just this picture; may be given several times.")
    var only: [String] = []

    func validate() throws {
        guard (1...256).contains(threads) else { throw ValidationError("--threads must be in 1...256") }
        for name in only where !Studio.names.contains(name) {
            throw ValidationError("--only is one of \(Studio.names.joined(separator: ", "))")
        }
    }

    func run() throws {
        Torch.configure()
        Torch.threadCount = threads
        let studio = try Studio(
            pack: ModelPack(opening: pack), judge: AttributeJudge(reading: judge), seed: seed)
        let folder = URL(fileURLWithPath: out)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("model-core.json")
        // Pictures that are not drawn this time keep their numbers.
        var numbers: [String: JSONValue] = [:]
        if !only.isEmpty, let old = try? Data(contentsOf: file) {
            numbers = (try? JSONDecoder().decode([String: JSONValue].self, from: old)) ?? [:]
        }
        for name in only.isEmpty ? Studio.names : only {
            FileHandle.standardError.write(Data((name + "\n").utf8))
            let exhibit = try studio.exhibit(name)
            let png = try PNG.encode(exhibit.picture, options: .small)
            try Data(png).write(to: folder.appendingPathComponent(name + ".png"), options: .atomic)
            numbers[name] = exhibit.numbers
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try encoder.encode(numbers).write(to: file, options: .atomic)
    }
}
