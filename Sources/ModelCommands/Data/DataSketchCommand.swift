import ArgumentParser
import FaceCollections

extension DataCommand {
    /// Line drawings of pictures.
    struct Sketch: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draw the lines of every picture, and of its label map where there is one, into sketches/.",
            discussion: """
                Lines are dark on white, in the picture's own size. A picture that cannot be read is told, nothing is
                written for it, and the exit status is 1.

                Example: tedi-model data sketch CelebAMask-HQ
                """)

        @Argument(help: "Folder of the data set.")
        var folder: String

        @Flag(help: "Draw sketches again that are there.")
        var replace = false

        @OptionGroup var work: DataWork

        func run() throws {
            try work.make(.sketches, named: "sketches", in: folder, replacing: replace)
        }
    }
}
