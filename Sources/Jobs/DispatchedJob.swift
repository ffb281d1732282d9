/// A job on its way from PostgreSQL through Redis to a worker.
public struct DispatchedJob: Hashable, Sendable {
    /// The right to execute it, once.
    public var lease: Lease
    /// Its batch.
    public var batch: BatchID
    /// The lane it travels in.
    public var lane: LaneID
    /// Which attempt this is, from 1.
    public var attempt: Int
    /// Leases lost before; such a job should run alone.
    public var crashes: Int
    /// Whether it waited for its turn before; such a job goes to the head of its lane.
    public var isReturned: Bool
    /// Where to begin, where an earlier attempt has come so far.
    public var checkpoint: Checkpoint?
    /// The request, byte for byte as it was submitted: see ``JobRequest/init(decoding:)-([UInt8])``.
    public var payload: [UInt8]

    /// Describes an execution to come.
    public init(
        lease: Lease, batch: BatchID, lane: LaneID, attempt: Int, crashes: Int, isReturned: Bool = false,
        checkpoint: Checkpoint? = nil, payload: [UInt8]
    ) {
        self.lease = lease
        self.batch = batch
        self.lane = lane
        self.attempt = attempt
        self.crashes = crashes
        self.isReturned = isReturned
        self.checkpoint = checkpoint
        self.payload = payload
    }
}
