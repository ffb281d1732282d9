import Foundation
import Glibc
import Threads

/// A process that ends with this one, or with the last reference to it.
///
/// Linux sends the death signal when the *thread* ends that started a child, so each child has a thread of its own.
actor Child {
    private let executor = ThreadExecutor(name: "child")
    private let process = Process()

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init() {}

    /// Starts a program; what it prints goes to a file.
    static func start(_ command: [String], environment: [String: String], log: String) async throws -> Child {
        let child = Child()
        try await child.launch(command, environment: environment, log: log)
        return child
    }

    private func launch(_ command: [String], environment: [String: String], log: String) throws {
        let descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BenchError("\(log) cannot be written. Check the disk.") }
        let output = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
        process.arguments = ["--pdeathsig=KILL"] + command
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    /// Its process id.
    var id: pid_t { process.processIdentifier }

    /// Whether it still runs.
    var isRunning: Bool { process.isRunning }

    /// Sends a signal and waits until the process has ended.
    func end(_ signal: CInt) async {
        if process.isRunning { kill(process.processIdentifier, signal) }
        while process.isRunning { try? await Task.sleep(for: .milliseconds(5)) }
    }
}
