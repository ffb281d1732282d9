import Synchronization

/// Whether this coordinator reaches Redis, as its services share it.
final class RedisSight: Sendable {
    /// How long it may fail before this coordinator counts as cut off.
    static let patience = Duration.seconds(5)

    /// When the first of the looks was that have failed since the last that did not.
    private let failing = Mutex<ContinuousClock.Instant?>(nil)

    /// Whether Redis has been out of reach for longer than that.
    var isLost: Bool { failing.withLock { $0.map { .now - $0 > Self.patience } ?? false } }

    /// Notes a look, and when it began.
    func note(answered: Bool, at start: ContinuousClock.Instant) {
        failing.withLock { $0 = answered ? nil : $0 ?? start }
    }
}
