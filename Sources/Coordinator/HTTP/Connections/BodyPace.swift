import NIOCore

/// Whether a body comes fast enough, as a leaky bucket of time.
///
/// Only the time in which the server waits for the client counts: while the store is slow, nobody reads, and the client
/// is not to blame. Each byte gives back the time that it may take at the slowest pace; no client can save up more than
/// the patience that it began with.
struct BodyPace: Equatable {
    private let patience: TimeAmount
    private let bytesPerSecond: Int
    private var left: TimeAmount
    private var waitingSince: NIODeadline?

    init(patience: TimeAmount, bytesPerSecond: Int) {
        self.patience = patience
        self.bytesPerSecond = max(1, bytesPerSecond)
        left = patience
    }

    /// When the patience ends if nothing comes; nil while nobody waits.
    var deadline: NIODeadline? { waitingSince.map { $0 + left } }

    /// The server asks for more.
    mutating func wait(at now: NIODeadline) {
        if waitingSince == nil { waitingSince = now }
    }

    /// Something came.
    mutating func receive(_ bytes: Int, at now: NIODeadline) {
        if let since = waitingSince { left = left - (now - since) }
        waitingSince = nil
        // A chunk of gigabytes must not overflow; a second's worth of bytes of the slowest pace is a second.
        let earned = TimeAmount.nanoseconds(Int64(min(bytes, 1 << 30)) * 1_000_000_000 / Int64(bytesPerSecond))
        left = min(patience, left + earned)
    }
}
