public import Jobs
import Postgres

extension JobStore {
    // All statements of one reading see the same moment: a job that moves meanwhile is neither missed nor seen twice.

    /// One job, wherever it is.
    /// - Parameter tenant: Whose job it has to be; anybody's if `nil`. Others' jobs are not found.
    public func job(_ id: JobID, of tenant: TenantID? = nil) async throws(StoreError) -> JobRecord {
        try await transaction(.snapshot) { connection in
            guard let job = try JobRow.read(connection, ids: [id.rawValue]).first,
                try tenant == nil || Self.require(connection, job.batch).tenant == tenant
            else {
                throw StoreError(.notFound, "there is no job \(id)")
            }
            return job
        }
    }

    /// Jobs of a batch, in the order of lines and samples.
    /// - Parameters:
    ///   - batch: The batch.
    ///   - cursor: Only jobs behind this one.
    ///   - limit: Most entries, 1...1,000.
    ///   - states: Only jobs in one of these states; in any if empty.
    public func jobs(
        of batch: BatchID, tenant: TenantID? = nil, after cursor: JobID? = nil, limit: Int, states: Set<JobState> = []
    ) async throws(StoreError) -> Page<JobRecord, JobID> {
        let limit = max(1, min(limit, 1_000))
        return try await transaction(.snapshot) { connection in
            _ = try Self.require(connection, batch, of: tenant)
            let query = JobQuery(batch: batch.rawValue, after: cursor?.rawValue ?? -1, limit: limit + 1)
            let ids = try query.ids(connection, states: states)
            let jobs = try JobRow.read(connection, ids: Array(ids.prefix(limit)))
            return Page(elements: jobs, next: ids.count > limit ? jobs.last?.id : nil)
        }
    }

    /// Whether jobs of a batch wait for others.
    public func hasWaiting(_ batch: BatchID) async throws(StoreError) -> Bool {
        try await run { connection in
            try connection.query(
                """
                SELECT EXISTS (SELECT FROM batch_block k JOIN job_need n ON n.id >= k.base AND n.id < k.base + k.count
                    WHERE k.batch_id = $1)
                """, [.int8(batch.rawValue)])[0].bool(0)
        }
    }

    /// Jobs by state over all batches that are sealed and not finished.
    /// - Parameter tenant: Only batches of this one; of all if `nil`.
    public func activeCounts(of tenant: TenantID? = nil) async throws(StoreError) -> BatchCounts {
        try await run { connection in
            let row = try connection.query(
                """
                SELECT coalesce(sum(c.ready + c.later), 0)::bigint, coalesce(sum(c.live), 0)::bigint,
                    coalesce(sum(c.succeeded), 0)::bigint, coalesce(sum(c.failed), 0)::bigint,
                    coalesce(sum(c.cancelled), 0)::bigint
                FROM batch b JOIN batch_count c USING (id)
                WHERE b.state IN (1, 2, 5) AND ($1::int IS NULL OR b.tenant = $1)
                """, [.optional(tenant) { .int4($0.rawValue) }])[0]
            return BatchCounts(
                queued: try row.int(0), running: try row.int(1), succeeded: try row.int(2), failed: try row.int(3),
                cancelled: try row.int(4))
        }
    }
}

/// Finds the jobs of a batch by state, a page at a time, from the table that holds that state.
struct JobQuery {
    var batch: Int64
    /// Only ids beyond this one.
    var after: Int64
    var limit: Int

    /// For queries that begin at the id behind ``after``.
    private var behind: Int64 { min(after, Int64.max - 1) }

    /// Ids in ascending order.
    func ids(_ connection: isolated PostgresConnection, states: Set<JobState>) throws -> [Int64] {
        guard !states.isEmpty else {
            return try fromBlocks(connection, "SELECT id FROM job WHERE id >= $1 AND id < $2 ORDER BY id LIMIT $3")
        }
        return try Array(states.flatMap { try ids(connection, state: $0) }.sorted().prefix(limit))
    }

    private func ids(_ connection: isolated PostgresConnection, state: JobState) throws -> [Int64] {
        switch state {
        case .succeeded:
            try fromBlocks(
                connection, "SELECT id FROM job_done WHERE id >= $1 AND id < $2 AND state = 1 ORDER BY id LIMIT $3")
        case .failed: try unsuccessful(connection, state: 2)
        case .cancelled: try unsuccessful(connection, state: 3)
        case .running:
            // The table is never larger than the windows of all lanes together.
            try list(connection, "SELECT id FROM job_live WHERE batch_id = $1 AND id > $2 ORDER BY id LIMIT $3")
        case .queued: try queued(connection)
        }
    }

    private func unsuccessful(_ connection: isolated PostgresConnection, state: Int64) throws -> [Int64] {
        try connection.query(
            """
            SELECT id FROM job_done WHERE batch_id = $1 AND id > $2 AND state <> 1 AND state = $4
            ORDER BY id LIMIT $3
            """, [.int8(batch), .int8(after), .int8(Int64(limit)), .int8(state)]
        ).map { try $0.int64(0) }
    }

    /// Jobs that ran before and wait again, and fresh ones.
    private func queued(_ connection: isolated PostgresConnection) throws -> [Int64] {
        let returned = try list(
            connection, "SELECT id FROM job_ready WHERE batch_id = $1 AND id > $2 ORDER BY id LIMIT $3")
        let waiting = try fromBlocks(
            connection, "SELECT id FROM job_later WHERE id >= $1 AND id < $2 ORDER BY id LIMIT $3")
        let fresh = try fromBlocks(
            connection, start: "next",
            // All behind the bound, but for the holes: jobs that were called off before their turn.
            """
            SELECT id FROM job j WHERE id >= $1 AND id < $2 AND NOT EXISTS (SELECT FROM job_done d WHERE d.id = j.id)
            ORDER BY id LIMIT $3
            """)
        return Array((returned + waiting + fresh).sorted().prefix(limit))
    }

    private func list(_ connection: isolated PostgresConnection, _ sql: String) throws -> [Int64] {
        try connection.query(sql, [.int8(batch), .int8(after), .int8(Int64(limit))]).map { try $0.int64(0) }
    }

    /// Runs a query over the blocks of ids of the batch, one after the other, until there is enough.
    private func fromBlocks(
        _ connection: isolated PostgresConnection, start: String = "base", _ sql: String
    ) throws -> [Int64] {
        let blocks = try connection.query(
            """
            SELECT greatest(\(start), $2 + 1), base + count FROM batch_block
            WHERE batch_id = $1 AND base + count > greatest(\(start), $2 + 1) ORDER BY base
            """, [.int8(batch), .int8(behind)])
        var ids: [Int64] = []
        for block in blocks where ids.count < limit {
            ids += try connection.query(
                sql, [.int8(try block.int64(0)), .int8(try block.int64(1)), .int8(Int64(limit - ids.count))]
            ).map { try $0.int64(0) }
        }
        return ids
    }
}
