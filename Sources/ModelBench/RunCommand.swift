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

    @Option(help: "How often each is measured, at the batch size that was fastest.")
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
        let batches = [1, 2, 4, 8]
        var rows: [FigureRow] = []

        let imageYardstick = try contest.best(of: contest.eager, .images, batches: batches)
        let fine = try contest.best(of: .tedi, .images, batches: batches)
        let coarse = try contest.best(of: .tedi, .coarse, batches: batches)
        // Memory is compared at the yardstick's best batch size.
        let images = try contest.run(
            eager: imageYardstick, ours: [fine, .init(workload: .images, batch: imageYardstick.batch), coarse])
        let fidelity = try Workload.fidelity()
        let multiplies = Processor.hasBFloat16
        rows.append(
            .rate(
                "images/s at 256 px, float32, best batch", ours: images.ours[0].rate, yardstick: images.yardstick.rate,
                goal: 1.8))
        rows.append(
            .rate(
                "images/s, bfloat16" + (multiplies ? "" : " (this CPU has no AVX512-BF16)"), ours: images.ours[2].rate,
                yardstick: images.yardstick.rate, goal: multiplies ? 3.5 : nil))
        rows.append(
            .rate("dB of bfloat16 to float32, goal 40", ours: fidelity, yardstick: 40, goal: 1))

        let stepYardstick = try contest.best(of: contest.eager, .steps, batches: batches)
        let steps = try contest.run(
            eager: stepYardstick,
            ours: [1, 4, stepYardstick.batch].map { .init(workload: .steps, batch: $0) })
        rows.append(
            .rate(
                "optimisation steps/s, one image", ours: steps.ours[0].rate, yardstick: steps.yardstick.rate, goal: 1.5)
        )
        rows.append(
            .rate(
                "optimisation image-steps/s, four images", ours: steps.ours[1].rate, yardstick: steps.yardstick.rate,
                goal: 1.9))
        // A ratio of 1 / 0.7 is a peak of 0.7.
        rows.append(
            .cost("peak MB, images", ours: images.ours[1].peak, yardstick: images.yardstick.peak, goal: 1 / 0.7))
        rows.append(
            .cost("peak MB, optimising", ours: steps.ours[2].peak, yardstick: steps.yardstick.peak, goal: 1 / 0.7))
        rows += try Floor.rows(threads: threads, imagesPerSecond: images.ours[0].rate)
        for line in FigureReport.table(rows) { print(line) }
        try FigureReport.write(rows, to: json)
    }
}
