import ArgumentParser
import Evaluation
import Foundation
import Reporting
import TediGAN
import Training

/// Judges a pack.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure what a pack draws, by judges that never trained it: a table, JSON, a page with pictures.",
        discussion: """
            Captions, photos, sketches and label maps are of rendered faces that no training stage has seen. Beside a
            figure stands what real renders would get, or chance. With published networks, of files or of the pack,
            pictures are compared by these; otherwise by the judge's features, and such figures compare with nothing
            published. What the pack has no network for is named with the reason.

            Sections: \(EvaluationSection.allCases.map(\.rawValue).joined(separator: ", ")).
            Example: tedi-model evaluate --pack Resources/Packs/demo-64 --report evaluation.html
            """)

    @OptionGroup var options: JudgedPackOptions

    @Option(help: ArgumentHelp("Judge of regions, as `tedi-model train segmenter` writes it.", valueName: "file"))
    var segmenter = "Resources/Judges/demo-64-segmenter.safetensors"

    @OptionGroup var published: DetectorOptions

    @Option(help: "Test faces; captions and samples as many, an eighth of them where each takes long.")
    var faces = 500

    @Option(help: "Steps of optimisation for inversion; 0 leaves it out.")
    var steps = 100

    @Option(help: ArgumentHelp("Just these sections.", valueName: "section,..."))
    var only: SectionChoice?

    @Option(help: "table or json.")
    var output = "table"

    @Option(help: ArgumentHelp("Page with figures and pictures to write.", valueName: "file.html"))
    var report: String?

    func validate() throws {
        guard (8...20_000).contains(faces) else { throw ValidationError("--faces must be in 8...20000") }
        guard (0...10_000).contains(steps) else { throw ValidationError("--steps must be in 0...10000") }
        guard ["table", "json"].contains(output) else { throw ValidationError("--output is table or json") }
    }

    func run() throws {
        let (pack, judge) = try options.open()
        var detectors = try published.detectors(of: pack, judge: judge, file: options.judge)
        var regions: RegionJudge?
        if FileManager.default.fileExists(atPath: segmenter) {
            regions = try RegionJudge(reading: segmenter)
            detectors.judges.append(
                MeasuringNetwork(
                    use: "regions", name: "judge of regions", sha256: try ModelPack.fileDigest(segmenter),
                    isPublished: false))
        }
        var amount = EvaluationRun.Options()
        (amount.faces, amount.steps) = (faces, steps)
        (amount.seed, amount.threads) = (options.seed, options.source.threads)
        let run = try EvaluationRun(
            pack, judge: judge, segmenter: regions, detectors: detectors, options: amount, say: Self.say)
        let (evaluation, pictures) = try run.run(only?.sections ?? EvaluationSection.allCases)
        if let report {
            let page = try EvaluationPage(evaluation, pictures: pictures).html()
            try Data(page.utf8).write(to: URL(fileURLWithPath: report), options: .atomic)
            Self.say("report \(report)")
        }
        guard output == "table" else { return print(String(decoding: try evaluation.json(), as: UTF8.self)) }
        Self.show(evaluation)
    }

    private static func show(_ evaluation: Evaluation) {
        var table = Table([
            .left("figure"), .right("value"), .right("beside"), .left("of what"), .right("goal"), .left("met"),
        ])
        var section: EvaluationSection?
        for figure in evaluation.figures {
            if figure.section != section, let next = figure.section { table.add([next.title]) }
            section = figure.section
            table.add([
                figure.section == nil ? figure.name : "  " + figure.name, EvaluationFigure.text(of: figure.value),
                figure.reference.map { EvaluationFigure.text(of: $0.value) } ?? "", figure.reference?.name ?? "",
                figure.goal?.text ?? "", figure.isMet.map { $0 ? "yes" : "no" } ?? "",
            ])
        }
        for line in table.render() { print(line) }
        for gap in evaluation.unmeasured {
            print("not measured: \(gap.section.title)\(gap.part.map { ", \($0)" } ?? ""): \(gap.reason)")
        }
        if evaluation.comparesWithNothingPublished {
            print(
                "Pictures are compared by the features of the pack's own judge where no published network was given; "
                    + "such figures compare with nothing published.")
        }
    }

    private static func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}

/// Sections as written on a command line: `text,samples`.
struct SectionChoice: ExpressibleByArgument {
    let sections: [EvaluationSection]

    init?(argument: String) {
        let names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let known = names.compactMap(EvaluationSection.init(rawValue:))
        guard known.count == names.count else { return nil }
        sections = known
    }
}
