import Foundation

/// Restarts what dies, for `tedi up --foreground`.
struct StackKeeper: Sendable {
    /// Why a keeper ends.
    enum Ending: Equatable {
        /// It was asked to: the stack goes with it.
        case interrupted
        /// `tedi down` has taken the stack from it.
        case dismissed
    }

    private let start: StackStart
    private let record: KeeperRecord

    init(_ start: StackStart) {
        self.start = start
        record = KeeperRecord(in: start.stack.folder)
    }

    /// Takes charge of the stack, or refuses where another keeper has it; call it under the stack's lock.
    func begin() throws(CommandError) { try record.take() }

    /// Gives the charge back.
    func retire() {
        if record.isOurs { record.remove() }
    }

    /// Looks after the stack until the task is cancelled or `tedi down` is run.
    func run() async -> Ending {
        let console = Console.current
        var pause = Duration.seconds(1)
        var quietSince = ContinuousClock.now
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(500))
            guard record.isOurs else { return .dismissed }
            let lost = missing
            guard !lost.isEmpty else {
                // A minute without a death, and the next one is taken for an accident again.
                if ContinuousClock.now - quietSince > .seconds(60) { pause = .seconds(1) }
                continue
            }
            console.note("\(lost.joined(separator: ", ")) died; restarting in \(pause)")
            try? await Task.sleep(for: pause)
            guard !Task.isCancelled else { break }
            pause = min(pause * 2, .seconds(30))
            do {
                if try await restart() { console.note("restarted") }
            } catch {
                if error is Dismissal { return .dismissed }
                if Task.isCancelled { break }
                for line in CommandError(any: error).lines { console.note(line) }
            }
            quietSince = ContinuousClock.now
        }
        return record.isOurs ? .interrupted : .dismissed
    }

    /// Stops the stack, unless it was taken away meanwhile.
    ///
    /// - Returns: The names of what was stopped.
    func end() async throws -> [String] {
        let lock = try await StackLock.take(in: start.stack.folder)
        defer { lock.release() }
        guard record.isOurs else { return [] }
        let stopped = try await start.stack.stop()
        record.remove()
        return stopped
    }

    /// What should run, by the note that the last `tedi up` has left, and does not.
    private var missing: [String] {
        let folder = start.stack.folder
        let workers = StackNote.read(from: folder)?.workers ?? 0
        let expected =
            [Stack.postgresName, Stack.redisName, "coordinator"] + (0..<workers).map { "worker-\($0 + 1)" }
        let running = start.stack.running
        return expected.filter { !running.contains($0) }
    }

    // MARK: Restart

    /// The record is gone.
    private struct Dismissal: Error {}

    /// Starts what is missing; false if by now nothing is, since another `tedi up` was at work.
    private func restart() async throws -> Bool {
        try await whileInCharge {
            let lock = try await StackLock.take(in: start.stack.folder)
            defer { lock.release() }
            guard record.isOurs else { throw Dismissal() }
            guard !missing.isEmpty else { return false }
            _ = try await start.again.bringUp()
            return true
        }
    }

    /// Ends the work as soon as the record is gone: `tedi down` must not wait for a start that takes long.
    private func whileInCharge(_ body: @escaping @Sendable () async throws -> Bool) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask(operation: body)
            group.addTask {
                while record.isOurs { try await Task.sleep(for: .milliseconds(200)) }
                throw Dismissal()
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }
}
