/// What did not come true in time.
struct NotInTime: Error, CustomStringConvertible {
    let description: String
}

/// Waits for a condition.
///
/// A condition that throws is not fulfilled yet: servers are away now and then.
func eventually(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    var last: (any Error)?
    while ContinuousClock.now < deadline {
        do {
            if try await condition() { return }
            last = nil
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            last = error
        }
        try await Task.sleep(for: .milliseconds(50))
    }
    throw NotInTime(description: "not within \(limit): \(what)" + (last.map { "; the last look: \($0)" } ?? ""))
}

/// A generator of random numbers that a seed replays (splitmix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension Duration {
    /// In seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
