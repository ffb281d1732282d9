/// A lane: jobs of one model for one group of workers.
public struct Lane: Hashable, Sendable {
    /// Identity.
    public var id: LaneID
    /// The workers that serve it.
    public var pool: String
    /// Digest of the model that they need.
    public var modelDigest: String

    /// Describes a lane.
    public init(id: LaneID, pool: String, modelDigest: String) {
        self.id = id
        self.pool = pool
        self.modelDigest = modelDigest
    }
}
