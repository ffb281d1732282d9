/// The numbers of the protocol in Redis; coordinator and workers must have the same namespace and lease.
public struct DispatchConfiguration: Sendable, Equatable {
    /// Part of every key, so that several systems can share a server.
    public var namespace: String
    /// How long a worker may be silent before its jobs are given to others.
    public var lease: Duration
    /// How often a worker should beat.
    public var beat: Duration
    /// Jobs that should wait in one lane at most; the backlog stays in PostgreSQL.
    public var window: Int
    /// Most bytes of a payload that enters Redis.
    public var maximumPayloadBytes: Int
    /// Name of this process among those that read facts.
    public var reader: String

    /// Describes the protocol.
    public init(
        namespace: String = "tedi", lease: Duration = .seconds(12), beat: Duration = .seconds(3), window: Int = 5_000,
        maximumPayloadBytes: Int = 64 * 1024, reader: String = "coordinator"
    ) {
        self.namespace = namespace
        self.lease = lease
        self.beat = beat
        self.window = window
        self.maximumPayloadBytes = maximumPayloadBytes
        self.reader = reader
    }

    /// How long a worker that does not beat is still listed.
    public var presence: Duration { lease * 2 }
}
