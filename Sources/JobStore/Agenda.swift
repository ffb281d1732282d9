public import Postgres

/// What there is to do for the leader beside handing jobs out; one look that costs next to nothing.
public struct Agenda: Sendable, Equatable {
    /// Batches whose time is over.
    public var hasExpired: Bool
    /// Batches that are being called off.
    public var hasCancelling: Bool
    /// Batches whose jobs in Redis are to come back.
    public var hasRecalls: Bool
    /// Executions that took too long, or reported no progress for too long.
    public var hasOverdue: Bool
    /// Leases kept here that have run out.
    public var hasLostLeases: Bool
    /// Jobs whose time has come.
    public var hasDue: Bool
    /// Jobs or batches that wait for others.
    public var hasNeeds: Bool
    /// What PostgreSQL's clock shows.
    public var clock: PostgresTimestamp
}

extension JobStore {
    /// Looks for things to do; each part is one probe of an index.
    public func agenda() async throws(StoreError) -> Agenda {
        try await run { connection in
            let row = try connection.query(Self.agendaSQL)[0]
            return Agenda(
                hasExpired: try row.bool(0), hasCancelling: try row.bool(1), hasRecalls: try row.bool(2),
                hasOverdue: try row.bool(3), hasLostLeases: try row.bool(4), hasDue: try row.bool(5),
                hasNeeds: try row.bool(6), clock: try row.get(7, as: PostgresTimestamp.self))
        }
    }

    /// The least of an index rather than whether a row is due: an index cannot be searched for a clock that goes on
    /// while the statement runs, so that would read every row.
    static let agendaSQL = """
        SELECT coalesce((SELECT min(expires_at) FROM batch WHERE state IN (0, 1, 2)) <= clock_timestamp(), false),
            EXISTS (SELECT FROM batch WHERE state = 5), EXISTS (SELECT FROM batch WHERE recall OR paused),
            coalesce((SELECT min(due_at) FROM job_live) <= clock_timestamp(), false),
            coalesce((SELECT min(leased_until) FROM job_live) <= clock_timestamp(), false),
            coalesce((SELECT min(run_at) FROM job_later) <= clock_timestamp(), false),
            EXISTS (SELECT FROM batch WHERE has_needs AND state IN (1, 2)) OR
                EXISTS (SELECT FROM batch WHERE gated AND state IN (0, 1, 2)),
            clock_timestamp()
        """
}
