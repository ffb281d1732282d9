import Alignment
import ArgumentParser
import Foundation
import Images
import TediGAN

/// A photo to the upright square that a pack's networks know.
struct AlignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "align", abstract: "Cut the face out of a photo as a pack knows faces.",
        discussion: """
            Finds the largest face with the pack's network, or takes its points from a file, and writes the square
            around it. Prints the points as JSON: such a list is what --align of other commands reads, to be corrected
            where the network was wrong.

            Example: tedi-model align photo.jpg --pack Resources/Packs/demo-64 --out face.png
            """)

    @Argument(help: "Photo with a face (PNG or JPEG).")
    var photo: String

    @OptionGroup var model: ModelOptions

    @Option(help: PhotoAlignment.help)
    var align = PhotoAlignment.auto

    @Option(help: ArgumentHelp("Where the face is written (PNG, or JPEG after .jpg).", valueName: "file"))
    var out: String

    func run() throws {
        let (pack, device) = try model.open()
        let (face, points) = try align.face(in: PictureFiles.picture(photo), pack: pack, device: device)
        try PictureFiles.write(face.image, to: out)
        let pairs = stride(from: 0, to: points.numbers.count, by: 2).map { start in
            "[\(Self.text(points.numbers[start])), \(Self.text(points.numbers[start + 1]))]"
        }
        print("[\(pairs.joined(separator: ", "))]")
    }

    private static func text(_ number: Double) -> String { String(format: "%.1f", number) }
}
