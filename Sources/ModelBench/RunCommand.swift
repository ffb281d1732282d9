import ArgumentParser
import Foundation
import Reporting
import Torch

/// `tedi-model-bench run`: measures both, prints a table and writes it as JSON.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Measures the model core and the yardstick in turns, and compares.",
        discussion: """
            Each measurement is a process of its own; the two take turns, and medians over the rounds are compared.

            Example: tedi-model-bench run --rounds 1 --seconds 3
            """)

    @Option(help: "How often each is measured.")
    var rounds = 3

    @Option(help: "About how long one measurement takes.")
    var seconds = 10.0

    @Option(help: "Threads of LibTorch, for both.")
    var threads = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: ArgumentHelp("Python with the same LibTorch.", valueName: "file"))
    var python = ".build/venv/bin/python"

    @Option(help: ArgumentHelp("File that gets the figures as JSON.", valueName: "file"))
    var json = ".build/bench/model.json"

    func validate() throws {
        guard (1...100).contains(rounds) else { throw ValidationError("--rounds must be from 1 to 100.") }
    }

    func run() throws {
        let contest = try Contest(
            eager: .eager(python: python), rounds: rounds, seconds: seconds, threads: threads)
        var rows: [FigureRow] = []
        let images = try contest.images(batches: [1, 2, 4, 8])
        rows.append(
            .rate("images/s at 256 px, float32, best batch", ours: images.ours, yardstick: images.yardstick, goal: 1.8))
        rows.append(FigureRow("images/s at 256 px, bfloat16: \(Processor.bfloat16)", ours: nil))
        let single = try contest.steps(batch: 1)
        rows.append(
            .rate("optimisation steps/s, one image", ours: single.ours, yardstick: single.yardstick, goal: 1.5))
        let four = try contest.steps(batch: 4)
        rows.append(
            .rate("optimisation image-steps/s, four images", ours: four.ours, yardstick: four.yardstick, goal: 1.9))
        // A ratio of 1 / 0.7 is a peak of 0.7.
        rows.append(
            .cost("peak MB, images, best batch", ours: images.peak, yardstick: images.yardstickPeak, goal: 1 / 0.7))
        rows.append(
            .cost("peak MB, optimising one image", ours: single.peak, yardstick: single.yardstickPeak, goal: 1 / 0.7))
        rows += try Floor.rows(threads: threads, imagesPerSecond: images.ours, stepsPerSecond: single.ours)
        for line in FigureReport.table(rows) { print(line) }
        try FigureReport.write(rows, to: json)
    }
}
