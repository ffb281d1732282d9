import Foundation

/// Says on standard error how far some work is: at most once a second, and at its end.
final class DataProgress {
    private let things: String
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var last: ContinuousClock.Instant

    /// - Parameter things: what is counted, in the plural.
    init(_ things: String) {
        self.things = things
        start = clock.now
        last = start
    }

    func report(_ done: Int, of count: Int) {
        let now = clock.now
        guard done == count || now - last >= .seconds(1) else { return }
        last = now
        let seconds = max((now - start) / .seconds(1), 1e-9)
        Self.say(String(format: "%d of %d %@, %.0f per second", done, count, things, Double(done) / seconds))
    }

    static func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
