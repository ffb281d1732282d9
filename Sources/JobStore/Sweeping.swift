public import Jobs
import Postgres

/// Where a sweep of what waits for other jobs has come to, and what it found.
public struct NeedSweep: Sendable, Equatable {
    /// Job, and the job that waits for it, behind which the next sweep begins; `nil` at the beginning.
    var place: Place?
    /// Waits that were over, of jobs and of batches, and that nobody had noticed.
    public var found = 0
    /// Jobs that may run now.
    public var released = 0

    /// Begins at the beginning.
    public init() {}

    struct Place: Sendable, Equatable {
        var needs: Int64
        var id: Int64
    }
}

extension JobStore {
    /// Waits that one sweep looks at.
    static let needsPerSweep = 5_000

    /// Sees to jobs and batches that wait for what has ended already: the net below the transactions that end jobs, and
    /// the only one where a batch is given up, or where more waits for one job than a transaction should move.
    /// - Parameters:
    ///   - last: What the sweep before came to.
    ///   - term: The caller's term; ``StoreError/Reason/staleTerm`` where it is over.
    public func sweepNeeds(after last: NeedSweep = NeedSweep(), term: Term) async throws(StoreError) -> NeedSweep {
        try await transaction { connection in
            try Self.assertTerm(connection, term)
            var sweep = NeedSweep()
            sweep.found = try Gates.sweep(connection)
            try connection.preferIndexes()
            let rows = try connection.query(
                Self.sweepSQL,
                [
                    .int8(last.place?.needs ?? -1), .int8(last.place?.id ?? -1), .int8(Int64(Self.needsPerSweep)),
                ])
            if rows.count == Self.needsPerSweep, let row = rows.last {
                sweep.place = NeedSweep.Place(needs: try row.int64(0), id: try row.int64(1))
            }
            let over = try rows.filter { try $0.bool(2) || $0.bool(3) }
            guard !over.isEmpty else { return sweep }
            let gone = try over.filter { try $0.bool(3) }.map { try $0.int64(0) }
            sweep.found += over.count
            // What fails here may be what others wait for: they come first next time.
            sweep.place = last.place
            var needs = NeedSettlement()
            try needs.settle(
                connection, after: Set(try over.map { try $0.int64(0) }).sorted(), gone: Set(gone))
            sweep.released = needs.released
            sweep.released += try needs.counters.write(connection).released
            return sweep
        }
    }

    /// Up to $3 waits behind those of job $2 for $1 that are not of open batches: which job is waited for, which one
    /// waits, whether the first has ended, and whether it never will, for its batch was given up or is not there.
    static let sweepSQL = """
        WITH w AS MATERIALIZED (
            SELECT needs, id, batch_id FROM job_need WHERE (needs, id) > ($1, $2) ORDER BY needs, id LIMIT $3
        )
        SELECT w.needs, w.id,
            y.state IS DISTINCT FROM 0 AND EXISTS (SELECT FROM job_done d WHERE d.id = w.needs),
            y.state IS DISTINCT FROM 0 AND NOT EXISTS (SELECT FROM job_done d WHERE d.id = w.needs) AND NOT EXISTS (
                SELECT FROM job j JOIN batch b ON b.id = j.batch_id WHERE j.id = w.needs AND b.state <> 4)
        FROM w LEFT JOIN batch y ON y.id = w.batch_id ORDER BY w.needs, w.id
        """
}
