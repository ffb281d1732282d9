import Postgres

/// What an operator should hear of before it hurts.
public struct Symptoms: Sendable, Equatable {
    /// Dead rows in the hot tables, as the statistics of PostgreSQL have it.
    public var deadRows: Int
    /// Rows of jobs for whose ids there was no partition.
    public var strayRows: Int
    /// Age of the oldest open transaction that keeps dead rows from being removed, in seconds; 0 where there is none.
    public var oldestTransaction: Double
    /// Whose it is: the number of its process and the name of its program.
    public var oldestOwner: String?
    /// Time since the oldest batch was sealed of which jobs could be handed out, in seconds; 0 where there is none.
    public var oldestWaiting: Double
}

extension JobStore {
    /// Looks for them; cheap enough for every scrape.
    ///
    /// Transactions of others are seen by a superuser or a member of `pg_read_all_stats`, as `Deploy/roles.sql` has it.
    public func symptoms() async throws(StoreError) -> Symptoms {
        try await run { connection in
            let row = try connection.query(Self.symptomsSQL)[0]
            return Symptoms(
                deadRows: try row.int(0), strayRows: try row.int(1), oldestTransaction: try row.double(2),
                oldestOwner: try row.get(3, as: String?.self), oldestWaiting: try row.double(4))
        }
    }

    private static let symptomsSQL = """
        SELECT
            (SELECT coalesce(sum(n_dead_tup), 0)::bigint FROM pg_stat_user_tables
                WHERE relname IN ('job_ready', 'job_later', 'job_live', 'batch_count', 'batch_block')),
            (SELECT count(*) FROM job_stray) + (SELECT count(*) FROM job_done_stray)
                + (SELECT count(*) FROM job_attempt_stray),
            coalesce(extract(epoch FROM clock_timestamp() - t.xact_start), 0)::float8,
            t.pid || coalesce(' (' || nullif(t.application_name, '') || ')', ''),
            coalesce((SELECT extract(epoch FROM clock_timestamp() - min(b.sealed_at))
                FROM batch b JOIN batch_count c USING (id) WHERE \(isRunnable)), 0)::float8
        FROM (SELECT) one LEFT JOIN (
            SELECT pid, application_name, xact_start FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend' AND backend_xmin IS NOT NULL
                AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
            ORDER BY xact_start LIMIT 1
        ) t ON true
        """
}
