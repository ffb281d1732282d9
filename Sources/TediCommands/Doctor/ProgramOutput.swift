import Dispatch
import Foundation
import Synchronization

/// Runs a program to its end and keeps what it prints.
enum ProgramOutput {
    struct Result: Sendable {
        /// Exit status; 128 and more for a signal, 127 where the program cannot be run.
        var status: Int32
        var text: String
    }

    /// Runs a program; it is killed when the time is over.
    static func of(_ command: [String], environment: [String: String], limit: Duration = .seconds(30)) async -> Result {
        await withCheckedContinuation { continuation in
            // Waiting for a process blocks, which threads of the cooperative pool must not.
            DispatchQueue.global().async {
                continuation.resume(returning: run(command, environment: environment, limit: limit))
            }
        }
    }

    private static func run(_ command: [String], environment: [String: String], limit: Duration) -> Result {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        do {
            try process.run()
        } catch {
            return Result(status: 127, text: "\(error.localizedDescription)")
        }
        let id = process.processIdentifier
        let watchdog = DispatchWorkItem { kill(id, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + limit.seconds, execute: watchdog)
        let data = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        watchdog.cancel()
        let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
        return Result(status: status, text: String(decoding: data.prefix(64 << 10), as: UTF8.self))
    }
}
