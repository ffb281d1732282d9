import ArgumentParser
import FaceCollections
import FaceData
import Foundation

extension DataCommand {
    /// Draws faces with all that belongs to them.
    struct Render: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draw faces: pictures, ten captions each, label maps, sketches, attributes and lists.",
            discussion: """
                Stopped at any moment, the same command goes on where it was; a higher --count adds faces. Of every 20
                faces, train.txt lists 18, val.txt and test.txt one each.

                Example: tedi-model data render --count 5000 --size 128 --split training --out faces
                """)

        @Option(help: "Faces.")
        var count = 100

        @Option(help: "Side in pixels.")
        var size = 64

        @Option(help: "Seed of faces and captions.")
        var seed: UInt64 = 1

        @Option(help: "The part of the faces, none of which is in another: training, validation or test.")
        var split = "test"

        @OptionGroup var work: DataWork

        @Option(help: ArgumentHelp("Folder to write; made where it is missing.", valueName: "folder"))
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
            let progress = DataProgress("images")
            let faces = RenderedCollection(split: part, seed: seed, size: size)
            let drawn = try faces.write(
                count, to: URL(fileURLWithPath: out), threads: work.threads, progress: progress.report)
            print("\(out): \(count) faces, \(drawn) of them new")
        }
    }
}
