/// One thing that `tedi doctor` has looked at.
package struct Check: Encodable, Equatable, Sendable {
    package enum State: String, Encodable, Sendable {
        case ok
        /// Works, but not as well as it could.
        case warning
        case failed
        /// Not looked at, for the reason given.
        case skipped
    }

    package let name: String
    package let state: State
    /// What was found.
    package let found: String
    /// What to do about it.
    package let remedy: String?

    private init(_ name: String, _ state: State, _ found: String, remedy: String? = nil) {
        self.name = name
        self.state = state
        self.found = found
        self.remedy = remedy
    }

    static func ok(_ name: String, _ found: String) -> Check { Check(name, .ok, found) }

    static func skipped(_ name: String, _ reason: String) -> Check { Check(name, .skipped, reason) }

    static func warning(_ name: String, _ found: String, remedy: String) -> Check {
        Check(name, .warning, found, remedy: remedy)
    }

    static func failed(_ name: String, _ found: String, remedy: String) -> Check {
        Check(name, .failed, found, remedy: remedy)
    }

    static func failed(_ name: String, _ error: CommandError) -> Check {
        Check(
            name, .failed, error.lines.first ?? "it does not work",
            remedy: error.lines.dropFirst().joined(separator: " ").trimmingSpaces)
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
}
