import Foundation
import Glibc
import Reporting
import Synchronization

/// A whole augmentation run: how long, how much, and whether memory stays flat.
struct Augmentation: Figure {
    let name = "augment"

    /// The last quarter's most memory over the first's.
    private static let growthLimit = 1.2

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        guard FileManager.default.fileExists(atPath: bench.recipe) else {
            throw BenchError("\(bench.recipe) is not there. Name a recipe with --recipe.")
        }
        let shape = PrivateSystem.Shape(workers: 1, threads: bench.threads, batch: bench.batch)
        return try await PrivateSystem.running(bench, shape) { system in
            let faces = "\(system.scratch)/faces"
            Progress.say("augment: drawing \(bench.sizes.faces) faces")
            _ = try await bench.programs.run(
                "tedi-model", ["data", "render", "--count", "\(bench.sizes.faces)", "--size", "64", "--out", faces],
                in: system.scratch)
            Progress.say("augment: running")
            let out = "\(system.scratch)/augmented"
            let own = Mutex<pid_t?>(nil)
            let watch = MemoryWatch {
                var processes: [String: pid_t] = [:]
                processes["tedi augment"] = own.withLock { $0 }
                processes["the coordinator"] = system.process("coordinator")
                processes["the worker"] = system.process("worker-1")
                return processes
            }
            let start = ContinuousClock.now
            let (answer, traces) = try await watch.during {
                try await system.tedi(
                    ["augment", faces, "--recipe", bench.recipe, "--out", out, "--output", "json"]
                ) { process in
                    own.withLock { $0 = process }
                }
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let summary = try JSONDecoder().decode(Summary.self, from: Data(answer.utf8))
            return Self.sizes(bench, summary, system, out: out, seconds: seconds) + Self.memory(traces)
        }
    }

    /// What `tedi augment` says that it has made.
    private struct Summary: Decodable {
        struct Tally: Decodable {
            let done: Int
        }
        struct Policy: Decodable {
            let tries: Int
        }
        let samples: Tally
        let policies: [String: Policy]
    }

    private static func sizes(
        _ bench: Bench, _ summary: Summary, _ system: PrivateSystem, out: String, seconds: Double
    ) -> [FigureRow] {
        let tries = summary.policies.values.reduce(0) { $0 + $1.tries }
        return [
            FigureRow("augmentation of \(bench.sizes.faces) rendered faces, s", ours: seconds),
            FigureRow("  samples kept", ours: Double(summary.samples.done)),
            FigureRow("  samples kept/s", ours: Double(summary.samples.done) / seconds),
            FigureRow("  images/s, those that gates kept out included", ours: Double(tries) / seconds),
            FigureRow("  artifact store, MB", ours: FileCount(under: "\(system.state)/artifacts").bytes / 1e6),
            FigureRow("  output folder, MB", ours: FileCount(under: out).bytes / 1e6),
        ]
    }

    private static func memory(_ traces: [String: MemoryTrace]) -> [FigureRow] {
        traces.sorted { $0.key < $1.key }.flatMap { part, trace in
            var rows = [FigureRow("  peak memory of \(part), MB", ours: trace.peak.map { $0 / 1e6 })]
            if let growth = trace.growth {
                rows.append(
                    .within(growthLimit, "  growth of \(part): last quarter over first, at most", ours: growth))
            }
            return rows
        }
    }
}

/// Files below a folder.
struct FileCount: Sendable {
    private(set) var files = 0
    private(set) var bytes = 0.0

    /// Counts those whose path fits.
    init(under folder: String, where fits: (String) -> Bool = { _ in true }) {
        guard let walker = FileManager.default.enumerator(atPath: folder) else { return }
        while let path = walker.nextObject() as? String {
            guard fits(path), walker.fileAttributes?[.type] as? FileAttributeType == .typeRegular else { continue }
            files += 1
            bytes += (walker.fileAttributes?[.size] as? NSNumber)?.doubleValue ?? 0
        }
    }
}
