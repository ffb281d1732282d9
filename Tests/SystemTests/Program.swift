import Foundation
import Postgres
import Testing

/// What a finished program left behind.
struct Finished {
    let status: Int32
    let output: String
    let errors: String
}

/// Runs the executables of this build as a user would.
enum Program {
    /// Folder of the executables: that of the test bundle, which is built beside them.
    static let folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        .deletingLastPathComponent()

    /// The repository, from which paths of documents and packs are taken.
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Starts `name` with `arguments`, waits for its end and reads what it printed.
    static func run(_ name: String, _ arguments: [String], input: Data? = nil) async throws -> Finished {
        try await withCheckedThrowingContinuation { continuation in
            // Waiting for a process blocks; a thread of its own keeps the cooperative pool free.
            Thread.detachNewThread {
                continuation.resume(with: Result { try runBlocking(name, arguments, input) })
            }
        }
    }

    private static func runBlocking(_ name: String, _ arguments: [String], _ input: Data?) throws -> Finished {
        let scratch = FileManager.default.temporaryDirectory
            .appendingPathComponent("tedi-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        // Files, not pipes: a daemon that the program leaves behind keeps a pipe open for ever.
        let files = ["input", "output", "errors"].map(scratch.appendingPathComponent)
        try (input ?? Data()).write(to: files[0])
        for file in files[1...] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = folder.appendingPathComponent(name)
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        var environment = ProcessInfo.processInfo.environment
        for name in environment.keys where name.hasPrefix("TEDI_") { environment[name] = nil }
        process.environment = environment
        try process.run()
        process.waitUntilExit()
        return Finished(
            status: process.terminationStatus, output: String(decoding: try Data(contentsOf: files[1]), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self))
    }
}

/// A private stack of two workers in a temporary folder, as `tedi up` makes it; stopped at the end.
struct Stack {
    let state: String

    /// Runs `body` with a stack.
    static func with(workers: Int = 2, _ body: (Stack) async throws -> Void) async throws {
        // A short path: names of Unix sockets have 107 bytes at most.
        let state = "/tmp/tedi-\(UUID().uuidString.prefix(8))"
        let stack = Stack(state: state)
        let up = try await Program.run(
            "tedi",
            [
                "up", "--state", state, "--workers", "\(workers)", "--threads", "1", "--batch", "8", "--pack",
                Program.repository.appendingPathComponent("Resources/Packs/demo-64").path,
            ])
        do {
            try #require(up.status == 0, "tedi up: \(up.errors)")
            try await body(stack)
        } catch {
            _ = try? await Program.run("tedi", ["down", "--state", state])
            throw error
        }
        let down = try await Program.run("tedi", ["down", "--state", state])
        #expect(down.status == 0, "tedi down: \(down.errors)")
        try? FileManager.default.removeItem(atPath: state)
    }

    /// `tedi` against this stack.
    func tedi(_ arguments: String..., input: Data? = nil) async throws -> Finished {
        try await Program.run("tedi", arguments + ["--state", state], input: input)
    }

    /// The answer of a `tedi` command that prints one JSON object.
    func json(_ arguments: String..., input: Data? = nil) async throws -> [String: Any] {
        let finished = try await Program.run("tedi", arguments + ["--state", state, "--output", "json"], input: input)
        try #require(finished.status == 0, "tedi \(arguments): \(finished.errors)")
        return try #require(
            try JSONSerialization.jsonObject(with: Data(finished.output.utf8)) as? [String: Any])
    }

    /// The rows of a statement, asked of the stack's PostgreSQL itself.
    func query(_ sql: String, _ parameters: [PostgresValue]) async throws -> PostgresRows {
        let pool = PostgresPool(
            try PostgresOptions("host=\(state)/postgres user=tedi dbname=tedi"), size: 1)
        do {
            let rows = try await pool.query(sql, parameters)
            await pool.shutdown()
            return rows
        } catch {
            await pool.shutdown()
            throw error
        }
    }

    /// Process numbers of the workers that run now.
    func workers() throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap(Int32.init).filter { process in
            let line = try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)
            let environment = try? String(contentsOfFile: "/proc/\(process)/environ", encoding: .utf8)
            return line?.contains("tedi-worker") == true
                && ((line ?? "") + (environment ?? "")).contains(state)
        }
    }
}
