import Foundation
import Reporting

/// What a second worker brings.
struct Workers: Figure {
    let name = "workers"

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let shape = PrivateSystem.Shape(workers: 2, threads: 1, batch: bench.batch)
        return try await PrivateSystem.running(bench, shape) { system in
            let images = try await bench.images(threads: 1, in: system.scratch)
            var passes: [Int: [PrivateSystem.Pass]] = [:]
            var alone: [Double] = []
            for round in 1...bench.sizes.rounds {
                alone.append(try await ModelCore(bench, threads: 1).rate(images, in: system.scratch))
                for count in [1, 2] {
                    Progress.say("workers: round \(round) of \(bench.sizes.rounds), \(count) of them")
                    try await system.setWorkers(count)
                    _ = try await system.draw(8 * bench.batch * count, of: bench.captions)
                    // About as long with either.
                    passes[count, default: []].append(try await system.draw(images * count, of: bench.captions))
                }
            }
            let (one, two) = (passes[1] ?? [], passes[2] ?? [])
            let cores = ProcessInfo.processInfo.activeProcessorCount
            return [
                .rate(
                    "images/s with two workers of one thread over one (\(cores) cores, batch \(bench.batch))",
                    ours: two.map(\.rate).median, yardstick: one.map(\.rate).median, goal: 1.9),
                .rate(
                    "  one worker over the model core alone with one thread", ours: one.map(\.rate).median,
                    yardstick: alone.median, goal: nil),
                FigureRow("  cores busy with anything else, one worker", ours: one.map(\.others).median),
                FigureRow("  cores busy with anything else, two workers", ours: two.map(\.others).median),
            ]
        }
    }
}
