import Glibc
import Synchronization

/// What the end of the test process has to end and remove.
final class Registry: Sendable {
    static let shared = Registry()

    private struct State {
        var folder: TestFolder?
        var enders: [@Sendable () -> CInt?] = []
    }

    private let state = Mutex(State())

    /// The process's temporary folder, made when first wanted.
    func folder() throws -> TestFolder {
        try state.withLock { state in
            if let folder = state.folder { return folder }
            let folder = try TestFolder()
            state.folder = folder
            atexit { Registry.shared.end() }
            return folder
        }
    }

    /// Adds what ends one server at once; nil if it does not run.
    func add(_ ender: @escaping @Sendable () -> CInt?) {
        state.withLock { $0.enders.append(ender) }
    }

    private func end() {
        let (folder, enders) = state.withLock { ($0.folder, $0.enders) }
        // Ended servers answer nil; waiting keeps them from writing into a folder that is being removed.
        var rounds = 0
        while enders.map({ $0() }).contains(where: { $0 != nil }), rounds < 500 {
            usleep(10_000)
            rounds += 1
        }
        folder?.remove()
    }
}
