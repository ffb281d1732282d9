import Foundation
import Glibc

/// A server's process, which may be a child of this one or was started by another.
struct ServerProcess: Sendable, Equatable {
    let id: pid_t
    /// The folder that the server works in, which tells it from a stranger that got the same number.
    let folder: String

    /// The process that a pid file names, if it lives and works in the folder.
    static func named(by file: String, in folder: String) -> ServerProcess? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8),
            let id = text.split(whereSeparator: \.isNewline).first.flatMap({ pid_t($0) }), id > 1
        else { return nil }
        let process = ServerProcess(id: id, folder: folder)
        return process.isAlive ? process : nil
    }

    /// True while the process runs; a child that has ended is taken leave of.
    var isAlive: Bool {
        var status: CInt = 0
        guard waitpid(id, &status, WNOHANG) <= 0 else { return false }
        return sighting == .server
    }

    /// What is to be seen of the process.
    var sighting: ServerSighting { ServerSighting(of: id, in: folder) }

    /// True while a child runs, also one that has not entered its folder yet, or has left it because it is ending.
    var isRunningChild: Bool {
        var status: CInt = 0
        return waitpid(id, &status, WNOHANG) == 0
    }

    func send(_ signal: CInt) {
        kill(id, signal)
    }

    /// Waits until the process has ended; false if it has not within the time.
    func waitForEnd(within limit: Duration) async -> Bool {
        let deadline = ContinuousClock.now + limit
        // As long as a child has its number, PostgreSQL takes it for the server of its folder, however near its end.
        while isAlive || isRunningChild {
            guard ContinuousClock.now < deadline else { return false }
            // A cancelled task still waits: half-stopped servers help nobody.
            await Self.pause(milliseconds: 5)
        }
        return true
    }

    static func pause(milliseconds: Int) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { continuation.resume() }
        }
    }
}
