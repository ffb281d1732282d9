import ArgumentParser
import Foundation
import TediGAN
import Training

/// Trains the stages of a recipe.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train the demo pack from nothing but the renderer; resumes where it stopped.",
        discussion: """
            Stages: classifier and segmenter (the judges), mapping, text, generator, encoder, landmarks; all of them
            unless some are named.
            SIGTERM or Ctrl-C saves and ends; the same command goes on from there.
            Example: tedi-model train --out .build/training/demo-64 generator
            """)

    @Option(help: "Folder of checkpoints, log, pictures and the pack.")
    var out: String

    @Option(help: "Recipe file (JSON); the built-in recipe of demo-64 otherwise.")
    var recipe: String?

    @Option(help: "Threads of LibTorch and of the renderer.")
    var threads = 2

    @Flag(help: "Write the pack from the checkpoints as they stand, and train nothing.")
    var packOnly = false

    @Argument(help: "Stages to train.")
    var stages: [String] = []

    func validate() throws {
        guard (1...256).contains(threads) else { throw ValidationError("--threads must be in 1...256") }
        for stage in stages where TrainingRun.Stage(rawValue: stage) == nil {
            let known = TrainingRun.Stage.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("there is no stage \"\(stage)\"; the stages are \(known)")
        }
    }

    func run() throws {
        let stop = StopSignal()
        let sources = stop.listen()
        defer { sources.forEach { $0.cancel() } }
        let recipe = try recipe.map { try Recipe.read(URL(fileURLWithPath: $0)) } ?? Recipe()
        let folder = URL(fileURLWithPath: out)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let run = try TrainingRun(
            recipe, folder: folder, threads: threads, stop: stop, report: Self.report, say: Self.say)
        let wanted = stages.isEmpty ? TrainingRun.Stage.allCases : stages.compactMap(TrainingRun.Stage.init(rawValue:))
        if !packOnly {
            guard try run.run(wanted) else {
                Self.say("stopped; the same command goes on from the checkpoint")
                return
            }
        }
        if packOnly || stages.isEmpty {
            let pack = try run.writePack()
            Self.say("pack \(folder.appendingPathComponent("pack").path) digest \(pack.digest)")
        }
    }

    private static func say(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    /// One line per report: stage, share, rate, time left and figures.
    private static func report(_ line: TrainingLog.Line) {
        let rate = Double(line.step) / max(1e-9, line.seconds)
        let left = Double(line.steps - line.step) / max(1e-9, rate)
        let figures = line.metrics.sorted { $0.key < $1.key }
            .map { "\($0.key) \(String(format: "%.4f", $0.value))" }.joined(separator: ", ")
        let examples = Double(line.examples) / max(1e-9, line.seconds)
        say(
            String(
                format: "%@ %3.0f%% %d/%d [%.0f<%.0f s, %.0f examples/s] ", line.stage,
                100 * Double(line.step) / Double(line.steps), line.step, line.steps, line.seconds, left, examples)
                + figures)
    }
}
