import Dispatch
import Synchronization

/// A value that another thread puts in and this one waits for.
final class Box: Sendable {
    private let value = Mutex("")
    private let ready = DispatchSemaphore(value: 0)

    func finish(_ text: String) {
        value.withLock { $0 = text }
        ready.signal()
    }

    func wait() -> String {
        guard ready.wait(timeout: .now() + 30) == .success else { return "no answer within 30 s" }
        return value.withLock { $0 }
    }
}
