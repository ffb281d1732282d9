import ArgumentParser
import Evaluation
import Foundation
import TediGAN
import Torch
import Training

/// Judges a pack.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure whether pictures show what their captions name, by a judge that never trained the pack.",
        discussion: """
            Captions are of rendered faces that no training stage has seen.
            Example: tedi-model evaluate --pack Resources/Packs/demo-64 --judge Resources/Judges/demo-64.safetensors
            """)

    @Option(help: "Pack folder.")
    var pack: String

    @Option(help: "Judge file, as `tedi-model train classifier` writes it.")
    var judge: String

    @Option(help: "Captions.")
    var captions = 500

    @Option(help: "Pictures per caption.")
    var samples = 2

    @Option(help: "Seed of test faces, captions and noise.")
    var seed: UInt64 = 1

    @Option(help: "table or json.")
    var output = "table"

    func validate() throws {
        guard (1...100_000).contains(captions), (1...64).contains(samples) else {
            throw ValidationError("--captions must be in 1...100000 and --samples in 1...64")
        }
        guard ["table", "json"].contains(output) else { throw ValidationError("--output is table or json") }
    }

    func run() throws {
        Torch.configure()
        let model = try TextToImage(pack: ModelPack(opening: pack))
        let test = TextAlignmentTest(model: model, judge: try AttributeJudge(reading: judge))
        let report = try test.run(captions: captions, samples: samples, seed: seed)
        if output == "json" {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
            return
        }
        print("attribute".padding(toLength: 22, withPad: " ", startingAt: 0), "   share    named")
        for (name, share) in report.attributes.sorted(by: { $0.value > $1.value }) {
            let row = String(format: "%8.3f %8d", share, report.counts[name] ?? 0)
            print(name.padding(toLength: 22, withPad: " ", startingAt: 0), row)
        }
        print(
            String(
                format: """
                    accuracy over mentions       %.3f   (%d mentions, %d captions x %d)
                      of what is there           %.3f
                      of what is not             %.3f
                      by chance                  %.3f   in the pictures of another caption
                    mean over attributes         %.3f
                    same captions, on renders    %.3f   (the ceiling)
                    judge's balanced accuracy    %.3f   on rendered faces
                    spread within one caption    %.3f   of the spread between captions
                    """,
                report.accuracy, report.mentions, report.captions, report.samples, report.accuracyOfPresence,
                report.accuracyOfAbsence, report.chance, report.meanOverAttributes,
                report.accuracyOnRenders, report.judgeOnRenders, report.diversity))
    }
}
