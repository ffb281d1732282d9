internal import CLibPQ
import Dispatch
import Synchronization

/// Cancels the statement that a connection runs, from any thread.
///
/// The connection's own thread sits in libpq meanwhile, so the cancel request goes out on a thread of its own. It
/// holds the lock while it does: a lease cannot end, and the connection cannot pass to another caller, before the
/// server has taken the request, so a late request never hits somebody else's statement.
final class Canceller: Sendable {
    private struct State {
        /// The cancel request of the open connection.
        var request: CancelRequest?
        /// The number given out last.
        var last = 0
        /// Number of the lease under way; nil between leases.
        var active: Int?
        var isFired = false
        var isSent = false
    }

    private let state = Mutex(State())

    /// Adopts the cancel handle of a newly opened connection, or drops it when that closes.
    func setRequest(_ request: CancelRequest?) {
        state.withLock { $0.request = request }
    }

    /// A number for a lease to come, by which its task can be told from others that wait for the connection.
    func ticket() -> Int {
        state.withLock { state in
            state.last += 1
            return state.last
        }
    }

    func begin(_ ticket: Int) {
        state.withLock { state in
            state.active = ticket
            state.isFired = false
            state.isSent = false
        }
    }

    /// Ends the lease; true if a request was sent, which a statement yet to come might receive.
    func end() -> Bool {
        state.withLock { state in
            state.active = nil
            state.isFired = false
            return state.isSent
        }
    }

    /// True once the current lease's task was cancelled.
    var isFired: Bool { state.withLock { $0.isFired } }

    /// Asks the server to cancel what this lease runs, if it is the one under way; returns at once.
    func fire(_ ticket: Int) {
        let isActive = state.withLock { state in
            guard state.active == ticket else { return false }
            state.isFired = true
            return true
        }
        guard isActive else { return }
        DispatchQueue.global().async { self.send(ticket) }
    }

    private func send(_ ticket: Int) {
        state.withLock { state in
            guard state.active == ticket, let request = state.request else { return }
            state.isSent = true
            // Failure leaves the statement running until its timeout; the cancelled task waits for that.
            _ = request.send()
        }
    }
}

/// What the server needs to cancel a connection's statement; libpq lets any thread send it.
///
/// The pointer is never changed and `PQcancel` is documented as safe from any thread: hence the unchecked conformance.
@safe final class CancelRequest: @unchecked Sendable {
    private let raw: OpaquePointer

    /// Copies the request out of an open connection.
    init?(_ connection: OpaquePointer) {
        guard let raw = unsafe PQgetCancel(connection) else { return nil }
        unsafe self.raw = raw
    }

    deinit { unsafe PQfreeCancel(raw) }

    /// Opens a connection of its own, sends the request and waits until the server has taken it.
    /// - Returns: False if the server could not be reached.
    func send() -> Bool {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            unsafe PQcancel(raw, buffer.baseAddress, CInt(buffer.count)) == 1
        }
    }
}
