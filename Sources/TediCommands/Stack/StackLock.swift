import Foundation
import Glibc

/// The right to change what runs of a stack, held until it is released or the process ends.
///
/// Everything that starts or stops processes holds it: `tedi up`, each restart of its foreground, and `tedi down`.
package struct StackLock: Sendable {
    private let descriptor: CInt

    /// Waits until nobody else works on the folder.
    package static func take(
        in folder: StateFolder, patience: Duration = Stack.startLimit
    ) async throws -> StackLock {
        let descriptor = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw CommandError.failed(
                "cannot write \(folder.lock): \(String(cString: strerror(errno)))",
                remedy: "Run this as the user that ran tedi up, and check the disk.")
        }
        let deadline = ContinuousClock.now + patience
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            Console.current.progress("waiting for another tedi up or tedi down …")
            guard ContinuousClock.now < deadline else {
                close(descriptor)
                throw CommandError(
                    .timeout, "another tedi up or tedi down is working on \(folder.path) and does not end")
            }
            do {
                try await Task.sleep(for: .milliseconds(50))
            } catch {
                close(descriptor)
                throw error
            }
        }
        return StackLock(descriptor: descriptor)
    }

    /// Lets others work on the folder.
    package func release() { close(descriptor) }
}
