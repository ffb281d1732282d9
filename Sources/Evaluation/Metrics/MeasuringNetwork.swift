/// A network that measures, and what the report says of it.
public struct MeasuringNetwork: Codable, Sendable, Hashable {
    /// What it is used for: `features`, `distance`, `identity`, `attributes`, `regions`.
    public let use: String
    /// What it is, for people.
    public let name: String
    /// SHA-256 of its file, where that is known.
    public let sha256: String?
    /// Whether its weights were published: only then can figures be compared with those of others.
    public let isPublished: Bool

    /// Describes a network.
    public init(use: String, name: String, sha256: String?, isPublished: Bool) {
        (self.use, self.name, self.sha256, self.isPublished) = (use, name, sha256, isPublished)
    }
}
