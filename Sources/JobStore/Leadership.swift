public import Jobs
import Postgres

extension JobStore {
    /// Tries to begin a new term; succeeds where nobody leads or the leader's lease has run out.
    ///
    /// A lease that was renewed in the future is one from before the clock was set back. Who leads by it, if anybody
    /// does, renews it within a moment; else it would keep everybody waiting until the clock is there again.
    /// - Parameters:
    ///   - holder: Name of this process, unique while it lives.
    ///   - ttl: How long the lease runs unless it is renewed.
    /// - Returns: The term, or `nil` while another leads.
    public func acquireLeadership(holder: String, ttl: Duration) async throws(StoreError) -> Term? {
        try await run { connection in
            let rows = try connection.query(
                """
                INSERT INTO leader AS l (name, holder, term, expires_at, renewed_at)
                VALUES ('main', $1, 1, clock_timestamp() + make_interval(secs => $2), clock_timestamp())
                ON CONFLICT (name) DO UPDATE
                    SET holder = excluded.holder, term = l.term + 1, expires_at = excluded.expires_at,
                        renewed_at = excluded.renewed_at
                    WHERE l.expires_at <= clock_timestamp()
                        OR l.renewed_at > clock_timestamp() + make_interval(secs => \(Self.clockTolerance))
                RETURNING term
                """, [.text(holder), .double(ttl.seconds)])
            return try rows.first.map { Term(try $0.int64(0)) }
        }
    }

    /// Extends the lease of a term.
    /// - Returns: False if the term is over; then this process leads no more.
    public func renewLeadership(holder: String, term: Term, ttl: Duration) async throws(StoreError) -> Bool {
        try await run { connection in
            try connection.query(
                """
                UPDATE leader SET expires_at = clock_timestamp() + make_interval(secs => $3),
                    renewed_at = clock_timestamp()
                WHERE name = 'main' AND holder = $1 AND term = $2 AND expires_at > clock_timestamp()
                """, [.text(holder), .int8(term.rawValue), .double(ttl.seconds)]
            ).affectedCount == 1
        }
    }

    /// How far a clock may be behind the one of the last renewal, in seconds: after a change of the primary it is another
    /// machine's.
    private static let clockTolerance = 2
    /// More epochs than can have been given out since a backup was made; of 2^53 that Lua can tell apart.
    private static let lostEpochs: Int64 = 10_000_000_000

    /// Replaces the current term by one that is later than `seen` as well, and passes over epochs.
    ///
    /// Needed where PostgreSQL was set back, by a backup for example, and Redis was not: it takes no earlier term.
    /// - Returns: The new term, or `nil` if `term` is over.
    public func advanceTerm(
        _ term: Term, beyond seen: Term, holder: String, ttl: Duration
    ) async throws(StoreError) -> Term? {
        try await run { connection in
            let rows = try connection.query(
                """
                UPDATE leader SET term = greatest(term, $3) + 1,
                    expires_at = clock_timestamp() + make_interval(secs => $4), renewed_at = clock_timestamp()
                WHERE name = 'main' AND holder = $1 AND term = $2 AND expires_at > clock_timestamp()
                RETURNING term
                """, [.text(holder), .int8(term.rawValue), .int8(seen.rawValue), .double(ttl.seconds)])
            guard let row = rows.first else { return nil }
            // The epochs were set back too, and Redis may know some of those to come as executions of other jobs.
            try connection.query("SELECT setval('epoch', (SELECT last_value FROM epoch) + \(Self.lostEpochs))")
            return Term(try row.int64(0))
        }
    }

    /// Ends a term early, so that another can begin at once.
    public func releaseLeadership(holder: String, term: Term) async throws(StoreError) {
        try await run { connection in
            _ = try connection.query(
                "UPDATE leader SET expires_at = clock_timestamp() WHERE name = 'main' AND holder = $1 AND term = $2",
                [.text(holder), .int8(term.rawValue)])
        }
    }

    /// Who leads, or led last.
    public func leader() async throws(StoreError) -> LeaderRecord? {
        try await run { connection in
            try connection.query(
                "SELECT holder, term, expires_at > clock_timestamp() FROM leader WHERE name = 'main'"
            ).first.map { row in
                LeaderRecord(holder: try row.string(0), term: Term(try row.int64(1)), isCurrent: try row.bool(2))
            }
        }
    }

    /// Makes sure that `term` is the current one, and that no other begins before the transaction ends.
    ///
    /// Nor can the term be renewed meanwhile; so from now on the transaction waits for no lock for long.
    static func assertTerm(_ connection: isolated PostgresConnection, _ term: Term) throws {
        let rows = try connection.query(
            """
            SELECT set_config('lock_timeout', '2s', true) FROM leader
            WHERE name = 'main' AND term = $1 AND expires_at > clock_timestamp() FOR SHARE
            """, [.int8(term.rawValue)])
        guard !rows.isEmpty else {
            throw StoreError(.staleTerm, "term \(term) is over; another process leads, or nobody renewed the lease")
        }
    }
}

extension Duration {
    /// The same in seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
