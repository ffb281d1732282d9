/// A lane: jobs of one kind, model and band for one group of workers.
public struct Lane: Hashable, Sendable {
    /// Identity.
    public var id: LaneID
    /// The workers that serve it.
    public var pool: String
    /// What kind of work it is.
    public var kind: String
    /// Digest of the model that they need.
    public var modelDigest: String
    /// How soon somebody wants its jobs.
    public var band: Band

    /// Describes a lane.
    public init(id: LaneID, pool: String, kind: String, modelDigest: String, band: Band) {
        self.id = id
        self.pool = pool
        self.kind = kind
        self.modelDigest = modelDigest
        self.band = band
    }
}
