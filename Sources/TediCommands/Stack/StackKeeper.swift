import Foundation
import PrivateStack

/// Restarts what dies, for `tedi up --foreground`.
struct StackKeeper: Sendable {
    private let start: StackStart

    init(_ start: StackStart) {
        self.start = start
    }

    /// Looks after the stack until the task is cancelled.
    func run() async {
        let console = Console.current
        let folder = start.stack.folder
        var expected = Set(Daemon.allRunning(in: folder.processes).map(\.name))
        var pause = Duration.seconds(1)
        var quietSince = ContinuousClock.now
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(500))
            let alive = Set(Daemon.allRunning(in: folder.processes).map(\.name))
            let lost = expected.subtracting(alive)
            guard !lost.isEmpty || !serversRun else {
                // A minute without a death, and the next one is taken for an accident again.
                if ContinuousClock.now - quietSince > .seconds(60) { pause = .seconds(1) }
                continue
            }
            console.note(
                "\(lost.isEmpty ? "a server" : lost.sorted().joined(separator: ", ")) died; restarting in \(pause)")
            try? await Task.sleep(for: pause)
            guard !Task.isCancelled else { return }
            pause = min(pause * 2, .seconds(30))
            do {
                _ = try await start.run()
                expected = Set(Daemon.allRunning(in: folder.processes).map(\.name))
                console.note("restarted")
            } catch {
                let lines = (error as? CommandError)?.lines ?? ["\(error)"]
                for line in lines { console.note(line) }
            }
            quietSince = ContinuousClock.now
        }
    }

    private var serversRun: Bool {
        start.stack.postgres().processID != nil && start.stack.redis().processID != nil
    }
}
