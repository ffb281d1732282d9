/// Why the artifact store could not do what was asked, and what to do about it.
public struct ArtifactError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What went wrong, in a form that code can switch over.
    public enum Code: String, Sendable, CaseIterable {
        /// No such object or manifest.
        case notFound
        /// The bytes are not those that the name or the format promises.
        case corrupt
        /// Larger than the limit of its kind.
        case tooLarge
        /// The disk, or the quota, or the memory bound, is full.
        case noSpace
        /// The folder may not be written or read by this user, or is mounted read-only.
        case denied
        /// Any other failure of the device or of the store behind it.
        case unavailable
    }

    /// What went wrong.
    public let code: Code
    /// One sentence for a person, with the path or key it is about.
    public let message: String
    /// What a person can do about it; empty when there is nothing to do.
    public let advice: String

    /// Creates an error.
    public init(_ code: Code, _ message: String, advice: String = "") {
        self.code = code
        self.message = message
        self.advice = advice
    }

    /// Whether the store is to blame and not the job: such a job is put off, and no attempt of it is burnt.
    public var isInfrastructure: Bool {
        switch code {
        case .noSpace, .denied, .unavailable: true
        case .notFound, .corrupt, .tooLarge: false
        }
    }

    /// The message, then the advice.
    public var description: String {
        advice.isEmpty ? "\(message) (\(code.rawValue))" : "\(message) (\(code.rawValue)); \(advice)"
    }
}
