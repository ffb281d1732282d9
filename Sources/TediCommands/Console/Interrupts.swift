import Foundation
import Glibc
import Synchronization

/// Runs `body` so that SIGINT and SIGTERM cancel it instead of ending the process, which lets it tidy up.
///
/// A second signal does what signals usually do.
func withInterrupts<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
    let task = Task { try await body() }
    let number = Interrupts.shared.begin { task.cancel() }
    defer { Interrupts.shared.end(number) }
    return try await withTaskCancellationHandler {
        try await task.value
    } onCancel: {
        task.cancel()
    }
}

/// Hears signals for whoever is interested.
///
/// A dispatch source for signals would not do: the main thread of an asynchronous program waits with no signal blocked,
/// so that the kernel drops what the process ignores before the source could see it.
private final class Interrupts: Sendable {
    static let shared = Interrupts()

    /// What the thread and the object share.
    private final class Shared: Sendable {
        let value = Mutex(State())
    }

    private struct State {
        var count = 0
        var listeners: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Shared()

    private init() {
        let reader = signalPipe.reader
        // Blocks in read(2) as long as the process lives, hence a thread of its own.
        Thread.detachNewThread { [state] in
            var byte: UInt8 = 0
            while read(reader, &byte, 1) == 1 {
                for listener in state.value.withLock({ Array($0.listeners.values) }) { listener() }
            }
        }
    }

    /// Calls `listener` on each signal until ``end(_:)`` is called with the number that this gives.
    func begin(_ listener: @escaping @Sendable () -> Void) -> Int {
        state.value.withLock { state in
            if state.listeners.isEmpty { Self.install(sendToPipe, flags: CInt(bitPattern: SA_RESETHAND)) }
            state.count += 1
            state.listeners[state.count] = listener
            return state.count
        }
    }

    func end(_ number: Int) {
        state.value.withLock { state in
            state.listeners[number] = nil
            if state.listeners.isEmpty { Self.install(SIG_DFL, flags: 0) }
        }
    }

    private static func install(_ handler: (@convention(c) (CInt) -> Void)?, flags: CInt) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = handler
        action.sa_flags = flags
        for signal in [SIGINT, SIGTERM] { sigaction(signal, &action, nil) }
    }
}

/// Carries signals out of their handler, which may do little more than write to a file.
private let signalPipe: (reader: CInt, writer: CInt) = {
    var ends: [CInt] = [-1, -1]
    pipe(&ends)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
}()

private func sendToPipe(_ signal: CInt) {
    let saved = errno
    var byte = UInt8(truncatingIfNeeded: signal)
    // Made before the handler was installed, so this is a load, not an initialisation.
    write(signalPipe.writer, &byte, 1)
    errno = saved
}
