import Foundation
import Glibc
import JobAPI
import Synchronization

/// A private stack in a folder of its own, as `tedi up` makes it: PostgreSQL, Redis, a coordinator and workers.
struct PrivateSystem: Sendable {
    /// What workers are started with.
    struct Shape: Sendable {
        var workers = 1
        var threads = 1
        var batch = 16
    }

    let programs: Programs
    /// Folder that is gone at the end; programs run in it, so that their processes are known by it.
    let scratch: String
    /// Folder of the stack.
    var state: String { "\(scratch)/stack" }
    /// File that a worker writes its metrics to.
    var metrics: String { "\(scratch)/metrics/worker.prom" }

    /// Folders of stacks that have stopped.
    ///
    /// They are removed after the last figure: ext4 steps around the inodes of deleted files for five minutes, one by one,
    /// and so the next stack would write its first files slowly.
    private static let used = Mutex<[String]>([])

    /// Removes the folders of stacks that have stopped.
    static func removeUsed() {
        for folder in used.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: folder) }
        used.withLock { $0 = [] }
    }

    /// Starts a stack, runs `body`, and stops the stack; its folder is left for ``removeUsed()``.
    static func running<Value: Sendable>(
        _ bench: Bench, _ shape: Shape, _ body: @Sendable (PrivateSystem) async throws -> Value
    ) async throws -> Value {
        // A short path: names of Unix sockets have 107 bytes at most.
        var template = Array("/tmp/tedi-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw BenchError("No folder can be made in /tmp. Check the disk.") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let system = PrivateSystem(programs: bench.programs, scratch: folder)
        do {
            // Root's stack runs as another user, who passes through here and writes the metrics.
            chmod(folder, 0o755)
            mkdir("\(folder)/metrics", 0o755)
            chmod("\(folder)/metrics", 0o1777)
            try await system.up(bench, shape)
            let value = try await body(system)
            try await system.down()
            used.withLock { $0.append(folder) }
            return value
        } catch {
            // In a task of its own, because this one may have been cancelled.
            let end = await Task { try await system.down() }.result
            if case .failure(let failure) = end {
                Progress.say("the stack in \(system.state) does not stop and is left: \(failure)")
            } else {
                used.withLock { $0.append(folder) }
            }
            throw error
        }
    }

    // MARK: Stack

    private func up(_ bench: Bench, _ shape: Shape) async throws {
        let arguments = [
            "--pack", bench.pack, "--workers", "\(shape.workers)", "--threads", "\(shape.threads)", "--batch",
            "\(shape.batch)",
        ]
        _ = try await tedi(["up"] + arguments)
    }

    /// Starts or stops workers until there are so many.
    func setWorkers(_ count: Int) async throws {
        _ = try await tedi(["up", "--workers", "\(count)"])
    }

    /// Stops everything that runs; workers write their metrics for the last time.
    func down() async throws {
        _ = try await tedi(["down"])
    }

    /// Runs a `tedi` command against this stack.
    /// - Returns: What it printed.
    @discardableResult
    func tedi(_ arguments: [String], started: @escaping @Sendable (pid_t) -> Void = { _ in }) async throws -> String {
        try await programs.run(
            "tedi", arguments + ["--state", state], in: scratch, variables: ["TEDI_METRICS_FILE": metrics],
            started: started)
    }

    /// Process number of a daemon, such as `coordinator` or `worker-1`, by the note that the stack has of it.
    func process(_ name: String) -> pid_t? {
        struct Note: Decodable { let pid: pid_t }
        guard let data = FileManager.default.contents(atPath: "\(state)/run/\(name).json") else { return nil }
        return (try? JSONDecoder().decode(Note.self, from: data))?.pid
    }

    // MARK: Batches

    /// Submits a file of lines and waits for its jobs.
    ///
    /// - Parameters:
    ///   - file: JSONL.
    ///   - arguments: Of `tedi submit`.
    /// - Returns: The seconds from the sealing of the batch to the end of its last job.
    func seconds(submitting file: String, _ arguments: [String] = []) async throws -> Double {
        struct Submitted: Decodable { let id: Int64 }
        let answer = try await tedi(["submit", file, "--output", "json"] + arguments)
        let batch = try WireFormat.decode(Submitted.self, from: Data(answer.utf8)).id
        try await tedi(["batch", "watch", "\(batch)", "--exit-status"])
        let shown = try await tedi(["batch", "show", "\(batch)", "--output", "json"])
        let times = try WireFormat.decode(Times.self, from: Data(shown.utf8))
        guard let sealed = times.sealedAt, let finished = times.finishedAt, finished > sealed else {
            throw BenchError("batch \(batch) has no times, though it has ended")
        }
        return finished.timeIntervalSince(sealed)
    }

    private struct Times: Decodable {
        let sealedAt: Date?
        let finishedAt: Date?

        private enum CodingKeys: String, CodingKey {
            case sealedAt = "sealed_at"
            case finishedAt = "finished_at"
        }
    }

    /// What a pass over captions took.
    struct Pass: Sendable {
        /// Images a second.
        var rate: Double
        /// Processor seconds of each part of the system.
        var parts: [String: Double]
        /// Cores that were busy with something else.
        var others: Double
    }

    /// Draws so many images of captions through the system.
    /// - Parameter arguments: Of `tedi submit`.
    func draw(_ images: Int, of captions: Captions, _ arguments: [String] = []) async throws -> Pass {
        let file = "\(scratch)/captions.jsonl"
        try captions.lines(images).write(to: URL(fileURLWithPath: file))
        let before = ProcessorUse.read(under: scratch)
        let seconds = try await seconds(submitting: file, arguments)
        let use = ProcessorUse.read(under: scratch).since(before)
        return Pass(rate: Double(images) / seconds, parts: use.parts, others: use.othersPerSecond)
    }
}
