import Foundation
import Reporting

/// Optimisations that advance together over the same ones in turn.
struct Optimization: Figure {
    let name = "optimize"

    /// Jobs that are there at once.
    private static let jobs = 8

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let together = PrivateSystem.Shape(workers: 1, threads: bench.threads, batch: Self.jobs)
        let inTurn = PrivateSystem.Shape(workers: 1, threads: bench.threads, batch: 1)
        return try await PrivateSystem.running(bench, together) { many in
            let file = try await Self.photos(bench, in: many.scratch)
            // Two stacks, of which one rests while the other is measured.
            return try await PrivateSystem.running(bench, inTurn) { single in
                var rates = (many: [Double](), single: [Double]())
                for round in 1...bench.sizes.rounds {
                    Progress.say("optimize: round \(round) of \(bench.sizes.rounds)")
                    if round == 1 {
                        for system in [many, single] { _ = try await Self.rate(system, file, steps: 2) }
                    }
                    rates.many.append(try await Self.rate(many, file, steps: bench.sizes.steps))
                    rates.single.append(try await Self.rate(single, file, steps: bench.sizes.steps))
                }
                return [
                    .rate(
                        "optimisation, image-steps/s, \(Self.jobs) jobs together over one at a time "
                            + "(\(bench.sizes.steps) steps, through the system)",
                        ours: rates.many.median, yardstick: rates.single.median, goal: 1.3)
                ]
            }
        }
    }

    /// Lines that name rendered photos.
    private static func photos(_ bench: Bench, in scratch: String) async throws -> String {
        let folder = "\(scratch)/photos"
        _ = try await bench.programs.run(
            "tedi-model", ["data", "render", "--count", "\(jobs)", "--size", "64", "--out", folder], in: scratch)
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/images").sorted().prefix(jobs)
        let file = "\(scratch)/photos.jsonl"
        let lines = names.map { "{\"photo\":\"photos/images/\($0)\"}\n" }.joined()
        try Data(lines.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    private static func rate(_ system: PrivateSystem, _ file: String, steps: Int) async throws -> Double {
        let seconds = try await system.seconds(submitting: file, ["--kind", "optimize", "--steps", "\(steps)"])
        return Double(jobs * steps) / seconds
    }
}
