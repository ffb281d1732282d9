import ArgumentParser
import FaceCollections

extension DataCommand {
    /// Label maps from masks of single parts.
    struct Masks: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put the masks of single parts together as label maps of 19 classes, into masks/.",
            discussion: """
                Reads CelebAMask-HQ-mask-anno/0/00012_hair.png and so on, and paints the parts over each other in the
                order of CelebAMask-HQ. A face with a defective mask is told, nothing is written for it, and the exit
                status is 1.

                Example: tedi-model data masks CelebAMask-HQ
                """)

        @Argument(help: "Folder of the data set.")
        var folder: String

        @Flag(help: "Make label maps again that are there.")
        var replace = false

        @OptionGroup var work: DataWork

        func run() throws {
            try work.make(.labelMaps, named: "label maps", in: folder, replacing: replace)
        }
    }
}
