import Foundation

/// The model core alone, in a process of its own: the same requests, passes and threads as a worker's.
struct ModelCore: Sendable {
    private let bench: Bench
    private let threads: Int

    init(_ bench: Bench, threads: Int) {
        self.bench = bench
        self.threads = threads
    }

    /// Draws so many images and throws them away.
    /// - Returns: Images a second.
    func rate(_ images: Int, in scratch: String) async throws -> Double {
        let file = "\(scratch)/core.jsonl"
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
