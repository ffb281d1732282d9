import Foundation
import Reporting

/// What a second worker brings.
///
/// Measured with plain pictures, and with work that asks more of the model for each: the nearer the two workers come to
/// filling the machine, the more do the servers and the encoding, which one worker leaves a core to, take from them.
struct Workers: Figure {
    let name = "workers"

    /// Draws for a picture where the model has more to do.
    private static let draws = 8

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let shape = PrivateSystem.Shape(workers: 2, threads: 1, batch: bench.batch)
        return try await PrivateSystem.running(bench, shape) { system in
            let images = try await bench.images(threads: 1, in: system.scratch)
            var passes: [Int: [PrivateSystem.Pass]] = [:]
            var heavy: [Int: [PrivateSystem.Pass]] = [:]
            var alone: [Int: [Double]] = [:]
            for round in 1...bench.sizes.rounds {
                for count in [1, 2] {
                    Progress.say("workers: round \(round) of \(bench.sizes.rounds), \(count) of them")
                    alone[count, default: []].append(
                        try await ModelCore(bench, threads: 1, processes: count).rate(images, in: system.scratch))
                    try await system.setWorkers(count)
                    _ = try await system.draw(8 * bench.batch * count, of: bench.captions)
                    // About as long with either.
                    passes[count, default: []].append(try await system.draw(images * count, of: bench.captions))
                    let few = max(images / Self.draws / bench.batch, 1) * bench.batch
                    heavy[count, default: []].append(
                        try await system.draw(few * count, of: bench.captions, ["--best-of", "\(Self.draws)"]))
                }
            }
            func rate(_ passes: [Int: [PrivateSystem.Pass]], _ count: Int) -> Double {
                (passes[count] ?? []).map(\.rate).median
            }
            let core = (one: (alone[1] ?? []).median, two: (alone[2] ?? []).median)
            let cores = ProcessInfo.processInfo.activeProcessorCount
            return [
                .rate(
                    "images/s with two workers of one thread over one (\(cores) cores, batch \(bench.batch))",
                    ours: rate(passes, 2), yardstick: rate(passes, 1), goal: 1.9),
                .rate(
                    "  the same, each the best of \(Self.draws) draws", ours: rate(heavy, 2), yardstick: rate(heavy, 1),
                    goal: 1.9),
                .rate(
                    "  the model core alone, two processes of one thread over one", ours: core.two, yardstick: core.one,
                    goal: nil),
                .rate(
                    "  one worker over the model core alone with one thread", ours: rate(passes, 1),
                    yardstick: core.one, goal: nil),
                FigureRow("  cores busy with anything else, one worker", ours: (passes[1] ?? []).map(\.others).median),
                FigureRow("  cores busy with anything else, two workers", ours: (passes[2] ?? []).map(\.others).median),
            ]
        }
    }
}
