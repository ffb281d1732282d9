import Foundation
import Glibc
import Synchronization
import Threads

/// A program of this build that runs until it is told otherwise.
///
/// It ends with the test process, however that ends.
final class Daemon: Sendable {
    /// How a daemon is started.
    struct Plan: Sendable {
        /// For people, and for its log.
        var name: String
        var program: String
        var arguments: [String] = []
        var environment: [String: String]
        /// The host it runs on, with a network.
        var host: String?
        /// Words before the program, such as a limit of its memory.
        var wrapper: [String] = []
        var log: String
    }

    let plan: Plan
    let id: pid_t
    private let process: Mutex<Process>

    private init(_ plan: Plan, _ process: sending Process) {
        self.plan = plan
        id = process.processIdentifier
        self.process = Mutex(process)
    }

    /// Folder of the executables: that of the test bundle, which is built beside them.
    static let folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        .deletingLastPathComponent()

    static func start(_ plan: Plan) async throws -> Daemon {
        try await Starter.shared.start(plan)
    }

    /// The thread that starts daemons: Linux sends the death signal when the thread ends that started a child, so this
    /// one never does.
    private actor Starter {
        static let shared = Starter()
        private let executor = ThreadExecutor(name: "daemons")
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        func start(_ plan: Plan) throws -> Daemon {
            if !FileManager.default.fileExists(atPath: plan.log) {
                _ = FileManager.default.createFile(atPath: plan.log, contents: nil)
            }
            let log = try FileHandle(forWritingTo: URL(fileURLWithPath: plan.log))
            try log.seekToEnd()
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
            process.arguments =
                ["--pdeathsig=KILL"] + plan.wrapper + [Daemon.folder.appendingPathComponent(plan.program).path]
                + plan.arguments
            process.environment = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"].merging(plan.environment) { $1 }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = log
            process.standardError = log
            try process.run()
            return Daemon(plan, process)
        }
    }

    var isRunning: Bool { process.withLock { $0.isRunning } }

    /// Whether it stands still after SIGSTOP.
    var isStopped: Bool {
        let text = (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)) ?? ""
        return text.drop { $0 != ")" }.dropFirst(2).first == "T"
    }

    /// Sends a signal, unless the daemon has ended: its number may be another's by now.
    func send(_ signal: CInt) {
        process.withLock { if $0.isRunning { _ = Glibc.kill(id, signal) } }
    }

    /// Waits for the end; gives the exit status, or the signal that ended it.
    @discardableResult
    func ended(within limit: Duration = .seconds(60)) async throws -> Int32 {
        try await eventually("\(plan.name) ends", within: limit) { !isRunning }
        return process.withLock { $0.terminationStatus }
    }

    func kill() async throws {
        send(SIGKILL)
        try await ended()
    }

    /// What it has printed.
    var output: String { (try? String(contentsOfFile: plan.log, encoding: .utf8)) ?? "" }
}
