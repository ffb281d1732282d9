import ArgumentParser
import FaceData
import Foundation
import Images

/// Rendered faces as files.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Rendered faces as files.",
        discussion: "Example: tedi-model data render --count 100 --out faces", subcommands: [Render.self])

    /// Draws faces with captions.
    struct Render: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draw faces: images/N.png, text/N.txt with ten captions each, masks/N.png.")

        @Option(help: "Faces.")
        var count = 100

        @Option(help: "Side in pixels.")
        var size = 64

        @Option(help: "Seed.")
        var seed: UInt64 = 1

        @Option(help: "training, validation or test.")
        var split = "test"

        @Option(help: "Folder to write; made where it is missing.")
        var out: String

        func validate() throws {
            guard FaceRenderer.sizes.contains(size), (1...1_000_000).contains(count) else {
                throw ValidationError("--size must be in \(FaceRenderer.sizes) and --count in 1...1000000")
            }
            guard FaceSplit(rawValue: split) != nil else {
                throw ValidationError("--split is training, validation or test")
            }
        }

        func run() throws {
            guard let part = FaceSplit(rawValue: split) else { return }
            let root = URL(fileURLWithPath: out)
            for folder in ["images", "text", "masks"] {
                try FileManager.default.createDirectory(
                    at: root.appendingPathComponent(folder), withIntermediateDirectories: true)
            }
            let sampler = FaceSampler(seed: part.seed(base: seed))
            let grammar = CaptionGrammar(seed: seed &+ 9)
            for face in 0..<count {
                let parameters = sampler.parameters(of: face)
                let drawn = FaceRenderer.render(parameters, size: size)
                let image = try RGBImage(width: size, height: size, pixels: drawn.pixels)
                let mask = try GrayImage(width: size, height: size, pixels: drawn.mask)
                let captions = grammar.captions(of: parameters, face: face).map(\.text).joined(separator: "\n")
                try Data(PNG.encode(image)).write(to: root.appendingPathComponent("images/\(face).png"))
                try Data(PNG.encode(mask)).write(to: root.appendingPathComponent("masks/\(face).png"))
                try Data((captions + "\n").utf8).write(to: root.appendingPathComponent("text/\(face).txt"))
            }
        }
    }
}
