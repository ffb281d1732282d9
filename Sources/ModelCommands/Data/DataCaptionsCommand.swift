import ArgumentParser
import FaceCollections
import FaceData
import Foundation

extension DataCommand {
    /// Captions from an attribute file.
    struct Captions: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write captions from an attribute file in the manner of CelebA.",
            discussion: """
                Each row becomes a file of sentences that name some of its attributes; the same seed gives the same
                sentences. Attributes that contradict each other, such as Bald and Bangs, are left out of that face's
                captions; those for which there are no words, such as Blurry, are told and left out of all.

                Example: tedi-model data captions CelebAMask-HQ-attribute-anno.txt --out CelebAMask-HQ/text
                """)

        @Argument(help: "Attribute file: a count, a line of names, then rows of 1 and -1.")
        var attributes: String

        @Option(help: ArgumentHelp("Folder for N.txt of each row N; made where it is missing.", valueName: "folder"))
        var out: String

        @Option(help: "Captions of each face.")
        var count = CaptionGrammar.captionsPerFace

        @Option(help: "Seed of the wording.")
        var seed: UInt64 = 1

        @OptionGroup var work: DataWork

        func validate() throws {
            guard (1...1000).contains(count) else { throw ValidationError("--count must be in 1...1000") }
        }

        func run() throws {
            let files = CaptionFiles(try AttributeTable(reading: URL(fileURLWithPath: attributes)))
            let progress = DataProgress("faces")
            try files.write(
                to: URL(fileURLWithPath: out), count: count, seed: seed, threads: work.threads,
                progress: progress.report)
            print("\(out): \(count) captions for each of \(files.table.stems.count) faces")
            if !files.unworded.isEmpty { print("without words: \(files.unworded.joined(separator: ", "))") }
            if files.contradictory > 0 {
                print("faces with attributes that contradict each other and are left out: \(files.contradictory)")
            }
        }
    }
}
