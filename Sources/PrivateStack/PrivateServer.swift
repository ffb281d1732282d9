import Foundation
import Glibc
import Logging

/// What PostgreSQL and Redis have in common as private servers: one start at a time, adoption of a server that runs
/// already, patience with one that recovers, and an orderly end.
protocol PrivateServer: Actor {
    nonisolated var folder: ServerFolder { get }
    nonisolated var options: PrivateServerOptions { get }
    /// The server's name in messages.
    nonisolated var title: String { get }
    /// The file into which the server writes its process id.
    nonisolated var pidFile: String { get }
    /// Signals that end the server, each with the time it gets, mildest first.
    nonisolated var stopSignals: [(signal: CInt, patience: Duration)] { get }

    /// Checks versions, makes the data on first use and gives the words that start the server.
    func prepare() throws(PrivateStackError) -> [String]
    /// The user that the server runs as.
    nonisolated func account() throws(PrivateStackError) -> ServerAccount
    /// Makes what a server that is ready must have, if it is not there yet.
    func complete() async throws
    /// Asks the server for a sign of life; nil if it is ready, else what keeps it.
    func probe() async -> String?
}

extension PrivateServer {
    nonisolated var process: ServerProcess? {
        ServerProcess.named(by: pidFile, in: folder.dataPath)
    }

    /// Starts the server, or adopts the one that runs in the folder, and waits until it is ready.
    func bringUp() async throws {
        let deadline = ContinuousClock.now + options.startTimeout
        let lock = try await takeLock(until: deadline)
        defer { withExtendedLifetime(lock) {} }
        if process != nil {
            options.logger.debug("A private server runs already", metadata: ["server": .string(title)])
            _ = try await waitUntilReady(child: nil, until: deadline)
            try await complete()
            return
        }
        let command = try prepare()
        // A killed server's children may hold on to its memory for a moment; then the first start fails.
        while true {
            let child = try launch(command)
            do {
                if try await waitUntilReady(child: child, until: deadline) { break }
                try await Task.sleep(for: .milliseconds(100))
            } catch is CancellationError {
                await settle(child)
                throw CancellationError()
            }
        }
        try await complete()
        options.logger.info("A private server is ready", metadata: ["server": .string(title)])
    }

    /// Ends the server in order; nothing happens if none runs.
    func bringDown() async throws {
        guard let process else { return }
        for (signal, patience) in stopSignals {
            process.send(signal)
            if await process.waitForEnd(within: patience) {
                options.logger.info("A private server has stopped", metadata: ["server": .string(title)])
                return
            }
        }
        throw PrivateStackError(
            .stop, "\(title) (process \(process.id)) does not stop", remedy: "look at \(folder.logPath)",
            logTail: folder.logTail())
    }

    private func takeLock(until deadline: ContinuousClock.Instant) async throws -> FolderLock {
        let account = try account()
        try folder.prepare(for: account)
        while true {
            if let lock = try folder.lock() { return lock }
            guard ContinuousClock.now < deadline else {
                throw PrivateStackError(
                    .start, "another start of \(title) in \(folder.path) is under way and does not end",
                    remedy: "end that one first")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func launch(_ command: [String]) throws(PrivateStackError) -> ServerProcess {
        let log = try folder.openLog()
        defer { close(log) }
        return ServerProcess(id: try ChildProcess.spawn(command, output: log), folder: folder.dataPath)
    }

    /// Waits until a child whose start was cancelled has written its pid file or ended: whoever stops the server next
    /// must find it.
    private func settle(_ child: ServerProcess) async {
        let deadline = ContinuousClock.now + .seconds(10)
        while process == nil, child.isRunningChild, ContinuousClock.now < deadline {
            await ServerProcess.pause(milliseconds: 10)
        }
    }

    /// Waits for the server; false if the child ended and may be started again.
    private func waitUntilReady(
        child: ServerProcess?, until deadline: ContinuousClock.Instant
    ) async throws -> Bool {
        var pause = Duration.milliseconds(5)
        while true {
            guard let obstacle = await probe() else { return true }
            let isLate = ContinuousClock.now >= deadline
            if let child, !child.isRunningChild, process == nil {
                let tail = folder.logTail()
                if !isLate, mayRetry(tail) { return false }
                throw PrivateStackError(
                    .start, "\(title) ended right after its start", remedy: "see the log \(folder.logPath)",
                    logTail: tail)
            }
            if isLate {
                throw PrivateStackError(
                    .start, "\(title) is not ready after \(options.startTimeout): \(obstacle)",
                    remedy: "see the log \(folder.logPath)", logTail: folder.logTail())
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(100))
        }
    }

    /// PostgreSQL's words for leftovers of a killed server that go away by themselves.
    private func mayRetry(_ log: String?) -> Bool {
        guard let log else { return false }
        return log.contains("pre-existing shared memory block") || log.contains("is still in use")
    }
}
