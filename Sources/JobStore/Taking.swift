import Jobs
import Postgres

/// Takes jobs of one batch to hand them out.
struct Taking: Sendable {
    let store: JobStore
    let lane: LaneID
    let batch: BatchID
    /// The term that the epochs are reserved in, or none.
    let term: Term?

    /// Moves up to `count` jobs to the live ones: those that ran before, then fresh ones.
    func take(_ connection: isolated PostgresConnection, _ count: Int) throws -> [DispatchedJob] {
        var jobs = try takeReturned(connection, count)
        while jobs.count < count {
            guard let fresh = try takeFresh(connection, count - jobs.count) else { break }
            jobs += fresh
        }
        return jobs
    }

    /// Moves up to $2 jobs of batch $1 that ran before; their epochs begin at $3.
    static let takeReturnedSQL = """
        WITH chosen AS MATERIALIZED (
            SELECT id FROM job_ready WHERE batch_id = $1 ORDER BY id LIMIT $2
        ), taken AS (
            DELETE FROM job_ready r USING chosen c WHERE r.batch_id = $1 AND r.id = c.id
            RETURNING r.id, r.attempt, r.crashes
        )
        INSERT INTO job_live (id, epoch, batch_id, attempt, crashes)
        SELECT id, $3 - 1 + row_number() OVER (), $1, attempt + 1, crashes FROM taken
        RETURNING id, epoch, attempt, crashes
        """

    /// The requests of the jobs $1 that ran before, and where they go on.
    static let returnedPayloadsSQL = """
        SELECT j.id, j.payload, p.checkpoint_step, p.checkpoint
        FROM job j LEFT JOIN job_progress p ON p.id = j.id AND p.checkpoint IS NOT NULL WHERE j.id = ANY($1)
        """

    private func takeReturned(
        _ connection: isolated PostgresConnection, _ count: Int
    ) throws -> [DispatchedJob] {
        let rows = try connection.query(
            Self.takeReturnedSQL,
            [.int8(batch.rawValue), .int8(Int64(count)), .int8(try store.takeEpochs(count, term: term))])
        guard !rows.isEmpty else { return [] }
        let payloads = try connection.query(Self.returnedPayloadsSQL, [.int8Array(try rows.map { try $0.int64(0) })])
        return try join(rows, payloads, isReturned: true)
    }

    /// Takes up to $2 ids from the first block of batch $1 that has fresh ones.
    static let takeBlockSQL = """
        WITH block AS MATERIALIZED (
            SELECT base, next, least(base + count, next + $2) AS bound FROM batch_block
            WHERE batch_id = $1 AND next < base + count ORDER BY base LIMIT 1 FOR UPDATE
        )
        UPDATE batch_block b SET next = block.bound FROM block
        WHERE b.batch_id = $1 AND b.base = block.base RETURNING block.next, block.bound, b.holes > 0
        """

    /// Makes the ids from $1 to before $2 live, with epochs from $4 on.
    static let insertLiveSQL = """
        INSERT INTO job_live (id, epoch, batch_id, attempt, crashes)
        SELECT id, $4 + id - $1, $3, 1, 0 FROM generate_series($1::bigint, $2 - 1) AS id
        RETURNING id, epoch, attempt, crashes
        """

    /// The same for a block in which single jobs were called off before their turn came.
    static let insertLiveAmongHolesSQL = """
        INSERT INTO job_live (id, epoch, batch_id, attempt, crashes)
        SELECT g.id, $4 + g.id - $1, $3, 1, 0 FROM generate_series($1::bigint, $2 - 1) AS g (id)
        WHERE NOT EXISTS (SELECT FROM job_done d WHERE d.id = g.id)
        RETURNING id, epoch, attempt, crashes
        """

    /// The requests of the ids from $1 to before $2.
    static let payloadsSQL = "SELECT id, payload FROM job WHERE id >= $1 AND id < $2"

    /// Takes from the first block that has fresh jobs; they are known by a bound that moves, so no row is deleted.
    /// - Returns: `nil` where no block has any; fewer than wanted, or none, where a block ends or has holes.
    private func takeFresh(
        _ connection: isolated PostgresConnection, _ count: Int
    ) throws -> [DispatchedJob]? {
        let rows = try connection.query(Self.takeBlockSQL, [.int8(batch.rawValue), .int8(Int64(count))])
        guard let row = rows.first else { return nil }
        let range: [PostgresValue] = [.int8(try row.int64(0)), .int8(try row.int64(1))]
        let answers = try connection.pipeline([
            PostgresStatement(
                try row.bool(2) ? Self.insertLiveAmongHolesSQL : Self.insertLiveSQL,
                range + [
                    .int8(batch.rawValue),
                    .int8(try store.takeEpochs(Int(row.int64(1) - row.int64(0)), term: term)),
                ]),
            PostgresStatement(Self.payloadsSQL, range),
        ])
        return try join(answers[0], answers[1], isReturned: false)
    }

    /// Puts executions and payloads together; both may come in any order.
    private func join(
        _ executions: PostgresRows, _ payloads: PostgresRows, isReturned: Bool
    ) throws -> [DispatchedJob] {
        var requests = [Int64: PostgresRow](minimumCapacity: payloads.count)
        for row in payloads { requests[try row.int64(0)] = row }
        let jobs = try executions.map { row in
            let id = try row.int64(0)
            guard let request = requests[id] else {
                throw StoreError(.unexpected, "job \(id) of batch \(batch) has no row in table job")
            }
            return DispatchedJob(
                lease: Lease(job: JobID(id), epoch: Epoch(try row.int64(1))), batch: batch, lane: lane,
                attempt: try row.int(2), crashes: try row.int(3), isReturned: isReturned,
                checkpoint: isReturned ? try Self.checkpoint(request) : nil, payload: try request.bytes(1))
        }
        return jobs.sorted { $0.lease.job < $1.lease.job }
    }

    private static func checkpoint(_ row: PostgresRow) throws -> Checkpoint? {
        guard let step = try row.get(2, as: Int32?.self) else { return nil }
        return Checkpoint(step: Int(step), digest: Hexadecimal.text(try row.bytes(3)))
    }
}
