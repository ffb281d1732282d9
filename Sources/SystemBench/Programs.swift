import Foundation
import Glibc
import Synchronization

/// The programs of this build.
struct Programs: Sendable {
    /// Where they are.
    let folder: String

    /// - Parameter folder: that of this program if nil.
    init(folder: String?) throws {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        self.folder = folder.map { URL(fileURLWithPath: $0).path } ?? own.path
        for name in ["tedi", "tedi-coordinator", "tedi-worker", "tedi-model", "tedi-model-bench"]
        where !FileManager.default.isExecutableFile(atPath: path(of: name)) {
            throw BenchError("\(path(of: name)) is not there. Build it: swift build -c release --product \(name)")
        }
    }

    func path(of name: String) -> String { "\(folder)/\(name)" }

    /// Runs a program to its end.
    /// - Parameters:
    ///   - name: which.
    ///   - arguments: its words; no shell reads them.
    ///   - scratch: folder for what it prints.
    ///   - variables: environment variables beside those of this process.
    ///   - started: gets its process number.
    /// - Returns: what it printed.
    func run(
        _ name: String, _ arguments: [String], in scratch: String, variables: [String: String] = [:],
        started: @escaping @Sendable (pid_t) -> Void = { _ in }
    ) async throws -> String {
        let run = ProgramRun()
        let path = path(of: name)
        let end = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation {
                (continuation: CheckedContinuation<ProgramRun.End, any Error>) in
                // Waiting for a process blocks; a thread of its own keeps the cooperative pool free.
                Thread.detachNewThread {
                    let end = Result { try run.execute(path, arguments, scratch, variables, started) }
                    continuation.resume(with: end)
                }
            }
        } onCancel: {
            run.stop()
        }
        try Task.checkCancellation()
        guard end.status == 0 else {
            let said = end.errors.split(whereSeparator: \.isNewline).suffix(6).joined(separator: " | ")
            throw BenchError("\(name) \(arguments.prefix(3).joined(separator: " ")) ended with \(end.status): \(said)")
        }
        return end.output
    }
}

/// One run of a program, which can be asked to stop.
private final class ProgramRun: Sendable {
    struct End: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    private struct State {
        var process: pid_t?
        var isStopped = false
    }

    private let state = Mutex(State())

    /// Asks it to end; SIGINT, as from a terminal.
    func stop() {
        let process = state.withLock { state in
            state.isStopped = true
            return state.process
        }
        if let process { kill(process, SIGINT) }
    }

    /// Runs it, blocking this thread.
    func execute(
        _ path: String, _ arguments: [String], _ scratch: String, _ variables: [String: String],
        _ started: (pid_t) -> Void
    ) throws -> End {
        let stem = "\(scratch)/run-\(UUID().uuidString)"
        let files = ["\(stem).out", "\(stem).err"]
        defer { for file in files { unlink(file) } }
        // Files, not pipes: a daemon that the program leaves behind would keep a pipe open.
        for file in files { try Data().write(to: URL(fileURLWithPath: file)) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: files[0]))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: files[1]))
        // Settings of the caller's own Tedi must not reach the one that is measured.
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("TEDI_") }
            .merging(variables) { $1 }
        // The child has the signals blocked that its starter's thread has, and some threads of this process block all.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        try process.run()
        let isStopped = state.withLock { state in
            state.process = process.processIdentifier
            return state.isStopped
        }
        if isStopped { kill(process.processIdentifier, SIGINT) }
        started(process.processIdentifier)
        process.waitUntilExit()
        state.withLock { $0.process = nil }
        return End(
            status: process.terminationStatus, output: try String(contentsOfFile: files[0], encoding: .utf8),
            errors: String(decoding: try Data(contentsOf: URL(fileURLWithPath: files[1])), as: UTF8.self))
    }
}
