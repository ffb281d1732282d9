/// What went wrong around a test.
public struct LiveError: Error, CustomStringConvertible {
    /// What it was.
    public let description: String

    /// Makes an error.
    public init(_ description: String) { self.description = description }
}

/// Waits until something is so.
public func until(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw LiveError("not in time: \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}
