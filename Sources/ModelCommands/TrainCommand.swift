import ArgumentParser
import Foundation
import TediGAN
import Torch
import Training

/// Trains the stages of a recipe.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a pack by a recipe; resumes where it stopped.",
        discussion: """
            Stages, each standing on those before it: classifier and segmenter (the judges), observer (the eye of the perceptual
            losses), mapping, generator, encoder, text-encoder, sketch-encoder, label-encoder, landmarks. All those of
            the recipe are trained unless some are named. By the built-in recipe they make the demo pack from nothing
            but the renderer; a recipe with "route": "pictures" trains as the paper does.
            SIGTERM or Ctrl-C saves and ends; the same command goes on from there.
            Examples:
              tedi-model train --out .build/training/demo-64
              tedi-model train --recipe Resources/Recipes/paper-32.json --out .build/training/paper-32 generator
            """)

    @Option(help: "Folder of checkpoints, log, pictures and the pack.")
    var out: String

    @Option(help: "Recipe file (JSON); the built-in recipe of demo-64 otherwise.")
    var recipe: String?

    @Option(help: "Threads of LibTorch, and of what draws or decodes faces.")
    var threads = 2

    @Option(help: "cpu, cuda or cuda:N.")
    var device = "cpu"

    @Option(help: "Most MiB of a data set's decoded pictures to keep in memory.")
    var cache = 1_024

    @Option(help: "Minutes between two checkpoints.")
    var checkpointEvery = 2.0

    @Argument(help: "Stages to train.")
    var stages: [String] = []

    func validate() throws {
        guard (1...256).contains(threads) else { throw ValidationError("--threads must be in 1...256") }
        guard Device(device) != nil else { throw ValidationError("--device is cpu, cuda or cuda:N") }
        guard (0...1_048_576).contains(cache) else { throw ValidationError("--cache must be in 0...1048576 MiB") }
        guard checkpointEvery > 0, checkpointEvery <= 1_440 else {
            throw ValidationError("--checkpoint-every must be above 0 and at most 1440 minutes")
        }
        for stage in stages where TrainingRun.Stage(rawValue: stage) == nil {
            let known = TrainingRun.Stage.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("there is no stage \"\(stage)\"; the stages are \(known)")
        }
    }

    func run() throws {
        guard let place = Device(device) else { throw ValidationError("--device is cpu, cuda or cuda:N") }
        let screen = TrainingScreen()
        let stop = StopSignal()
        let sources = stop.listen()
        defer { sources.forEach { $0.cancel() } }
        let recipe = try recipe.map { try Recipe.read(URL(fileURLWithPath: $0)) } ?? Recipe()
        let folder = URL(fileURLWithPath: out)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let run = try TrainingRun(
            recipe, folder: folder, threads: threads, cacheBytes: cache << 20, device: place, stop: stop,
            report: screen.show, say: screen.say)
        run.checkpointInterval = checkpointEvery * 60
        let wanted = stages.isEmpty ? recipe.stages : stages.compactMap(TrainingRun.Stage.init(rawValue:))
        guard try run.run(wanted) else {
            screen.say("stopped; the same command goes on from the checkpoint")
            // As shells report what Ctrl-C has ended.
            throw ExitCode(130)
        }
        if stages.isEmpty {
            let pack = try run.writePack(to: folder.appendingPathComponent("pack"))
            screen.say("pack \(folder.appendingPathComponent("pack").path) digest \(pack.digest)")
        }
    }
}
