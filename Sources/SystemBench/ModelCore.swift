import Foundation

/// The model core alone, in processes of its own: the same requests, passes and threads as workers'.
struct ModelCore: Sendable {
    private let bench: Bench
    private let threads: Int
    /// Processes side by side.
    let processes: Int

    /// - Parameters:
    ///   - threads: Of each process.
    ///   - processes: Side by side.
    init(_ bench: Bench, threads: Int, processes: Int = 1) {
        self.bench = bench
        self.threads = threads
        self.processes = processes
    }

    /// Draws so many images in each process and throws them away.
    /// - Returns: Images a second, of all processes together.
    func rate(_ images: Int, in scratch: String) async throws -> Double {
        try await withThrowingTaskGroup(of: Double.self) { tasks in
            for process in 1...processes {
                tasks.addTask { try await rate(images, reading: "\(scratch)/core-\(process).jsonl", in: scratch) }
            }
            return try await tasks.reduce(0, +)
        }
    }

    private func rate(_ images: Int, reading file: String, in scratch: String) async throws -> Double {
        try bench.captions.lines(images).write(to: URL(fileURLWithPath: file))
        let output = try await bench.programs.run(
            "tedi-model-bench",
            [
                "core", file, "--pack", bench.pack, "--batch", "\(bench.batch)", "--threads", "\(threads)",
            ], in: scratch)
        guard let line = output.split(whereSeparator: \.isNewline).last,
            let result = try? JSONDecoder().decode(Result.self, from: Data(line.utf8)), result.images == images,
            result.seconds > 0
        else { throw BenchError("tedi-model-bench core printed no measurement: \(output.suffix(300))") }
        return Double(result.images) / result.seconds
    }

    private struct Result: Decodable {
        let images: Int
        let seconds: Double
    }
}
