public import Jobs
public import Postgres
import Synchronization

/// A job that failed for good and that nobody has dealt with yet.
public struct DeadLetter: Sendable, Equatable {
    /// The job.
    public var job: JobID
    /// Name of the tenant whose it is.
    public var tenantName: String
    /// Its batch.
    public var batch: BatchID
    /// Name of its batch.
    public var batchName: String
    /// Number of its line in the batch, from 0.
    public var line: Int
    /// The caller's name for the line.
    public var customID: String?
    /// Why it failed.
    public var failure: JobFailure
    /// Attempts that it took.
    public var attempts: Int
    /// Workers that it cost.
    public var crashes: Int
    /// When it was given up.
    public var diedAt: PostgresTimestamp
}

/// Which dead letters are meant.
public struct DeadLetterFilter: Sendable, Equatable {
    /// Only of this tenant.
    public var tenant: TenantID?
    /// Only of this batch.
    public var batch: BatchID?
    /// Only these jobs.
    public var jobs: [JobID]?
    /// Only with this failure code.
    public var code: String?

    /// Combines conditions; all of them must hold.
    public init(tenant: TenantID? = nil, batch: BatchID? = nil, jobs: [JobID]? = nil, code: String? = nil) {
        self.tenant = tenant
        self.batch = batch
        self.jobs = jobs
        self.code = code
    }

    /// A condition on `dead_letter d` with parameters from $1 on.
    static let condition = """
        ($1::int IS NULL OR d.tenant = $1) AND ($2::bigint IS NULL OR d.batch_id = $2)
            AND ($3::bigint[] IS NULL OR d.id = ANY($3)) AND ($4::text IS NULL OR d.code = $4)
        """

    var parameters: [PostgresValue] {
        [
            .optional(tenant) { .int4($0.rawValue) }, .optional(batch) { .int8($0.rawValue) },
            .optional(jobs) { .int8Array($0.map(\.rawValue)) }, .optional(code) { .text($0) },
        ]
    }
}

extension JobStore {
    /// Most jobs that are run again or purged at once.
    public static let deadLettersPerCall = 100_000

    /// Dead letters in the order of their jobs.
    /// - Parameters:
    ///   - filter: Which of them.
    ///   - cursor: Only jobs behind this one.
    ///   - limit: Most entries, 1...1,000.
    public func deadLetters(
        _ filter: DeadLetterFilter, after cursor: JobID? = nil, limit: Int
    ) async throws(StoreError) -> Page<DeadLetter, JobID> {
        let limit = max(1, min(limit, 1_000))
        return try await transaction(.snapshot) { connection in
            let rows = try connection.query(
                """
                SELECT d.id, d.batch_id, b.name, j.line, j.custom_id, d.code, e.failure_message, e.attempt, e.crashes,
                    d.died_at, t.name
                FROM dead_letter d JOIN batch b ON b.id = d.batch_id JOIN job j ON j.id = d.id
                JOIN job_done e ON e.id = d.id JOIN tenant t ON t.id = d.tenant
                WHERE \(DeadLetterFilter.condition) AND d.id > $5 ORDER BY d.id LIMIT $6
                """,
                filter.parameters + [.int8(cursor?.rawValue ?? -1), .int8(Int64(limit) + 1)])
            let letters = try rows.prefix(limit).map { row in
                DeadLetter(
                    job: JobID(try row.int64(0)), tenantName: try row.string(10), batch: BatchID(try row.int64(1)),
                    batchName: try row.string(2), line: try row.int(3), customID: try row.get(4),
                    failure: JobFailure(
                        code: try row.string(5), message: try row.get(6, as: String?.self) ?? "", retryable: false),
                    attempts: try row.int(7), crashes: try row.int(8), diedAt: try row.get(9))
            }
            return Page(elements: letters, next: rows.count > limit ? letters.last?.job : nil)
        }
    }

    /// Names of the tenants whose dead letters are meant, in order.
    public func tenants(withDead filter: DeadLetterFilter) async throws(StoreError) -> [String] {
        try await run { connection in
            try connection.query(
                """
                SELECT t.name FROM tenant t
                WHERE EXISTS (SELECT FROM dead_letter d WHERE d.tenant = t.id AND \(DeadLetterFilter.condition))
                ORDER BY t.name
                """, filter.parameters
            ).map { try $0.string(0) }
        }
    }

    /// Strikes dead letters off the list; the jobs stay failed.
    /// - Parameters:
    ///   - filter: Which of them.
    ///   - limit: Most that are struck off, the first by the number of their jobs.
    /// - Returns: How many there were, and whether there are more.
    public func purge(
        _ filter: DeadLetterFilter, limit: Int = deadLettersPerCall
    ) async throws(StoreError) -> (purged: Int, more: Bool) {
        try await transaction { connection in
            let purged = try connection.query(
                """
                DELETE FROM dead_letter WHERE id IN (
                    SELECT d.id FROM dead_letter d WHERE \(DeadLetterFilter.condition) ORDER BY d.id LIMIT $5)
                """, filter.parameters + [.int8(Int64(limit))]
            ).affectedCount
            return (purged, try Self.areMore(connection, filter, after: purged, limit: limit))
        }
    }

    /// Whether there are dead letters beyond those that a call has just dealt with.
    private static func areMore(
        _ connection: isolated PostgresConnection, _ filter: DeadLetterFilter, after count: Int, limit: Int
    ) throws -> Bool {
        guard count >= limit else { return false }
        return try connection.query(
            "SELECT EXISTS (SELECT FROM dead_letter d WHERE \(DeadLetterFilter.condition))", filter.parameters
        )[0].bool(0)
    }

    /// Runs dead letters again: for each batch that they are of, a new one with copies of the failed jobs.
    ///
    /// The failed jobs stay as they ended; the copies have the same line, sample, custom id and request, byte for byte,
    /// and so make the same images. What is run again is struck off the list. A copy that needs a job which is run again
    /// too, or was earlier, needs the copy of that one instead.
    /// - Parameters:
    ///   - filter: Which of them.
    ///   - limit: Most that are run again, the first by the number of their jobs.
    /// - Returns: The new batches, sealed, in the order of the old ones, and whether there are more dead letters.
    public func requeueDead(
        _ filter: DeadLetterFilter, limit: Int = deadLettersPerCall
    ) async throws(StoreError) -> (batches: [BatchRecord], more: Bool) {
        try await makePartitions()
        return try await transaction { connection in
            let rows = try connection.query(
                """
                DELETE FROM dead_letter WHERE id IN (
                    SELECT d.id FROM dead_letter d WHERE \(DeadLetterFilter.condition) ORDER BY d.id LIMIT $5)
                RETURNING id, batch_id
                """, filter.parameters + [.int8(Int64(limit))])
            var jobs: [Int64: [Int64]] = [:]
            for row in rows { jobs[try row.int64(1), default: []].append(try row.int64(0)) }
            var copies: [FailedCopy] = []
            for (batch, ids) in jobs.sorted(by: { $0.key < $1.key }) {
                copies.append(try self.beginCopy(connection, ids.sorted(), of: BatchID(batch)))
            }
            // All of them have their ids by now: a job may need one of any of these batches.
            for copy in copies { try copy.noteAgain(connection) }
            for copy in copies { try copy.write(connection, among: copies) }
            for copy in copies where copy.hasNeeds { try Self.settleNeeds(connection, of: BatchID(copy.batch)) }
            let batches = try copies.map { try Self.require(connection, BatchID($0.batch)) }
            return (batches, try Self.areMore(connection, filter, after: rows.count, limit: limit))
        }
    }

    /// Runs the failed jobs of a batch again, in a new batch.
    /// - Returns: The new batch, and whether there are more failed jobs than it takes.
    /// - Throws: ``StoreError/Reason/wrongState(_:)`` where there are none.
    public func retryFailed(
        of id: BatchID, tenant: TenantID? = nil, limit: Int = deadLettersPerCall
    ) async throws(StoreError) -> (batch: BatchRecord, more: Bool) {
        let state = try await batch(id, of: tenant).state
        let (batches, more) = try await requeueDead(DeadLetterFilter(tenant: tenant, batch: id), limit: limit)
        guard let batch = batches.first else {
            throw StoreError(
                .wrongState(state), "batch \(id) has no failed jobs, or they were purged or run again already")
        }
        return (batch, more)
    }

    /// Makes the batch that copies of failed jobs go into, and finds them ids.
    private func beginCopy(
        _ connection: isolated PostgresConnection, _ ids: [Int64], of original: BatchID
    ) throws -> FailedCopy {
        let record = try Self.require(connection, original)
        try Self.checkQuota(connection, of: record.tenant, adding: ids.count)
        let copied = try connection.query(Self.copyBatchSQL, [.int8(original.rawValue), .int8(Int64(ids.count))])
        let base = try reserveIDs(connection, ids.count)
        return FailedCopy(
            batch: try copied[0].int64(0), original: original.rawValue, jobs: ids, base: base,
            hasNeeds: record.hasNeeds)
    }

    /// Copies batch $1 as a sealed one of $2 jobs; when and until when it was to run has been seen to.
    ///
    /// Each job is an item of one sample: of a caption's samples, only some may have failed.
    private static let copyBatchSQL = """
        WITH copy AS (
            INSERT INTO batch (name, model, digest, lane, samples, seed, priority, truncation, tenant, kind, band, weight,
                max_attempts, timeout_ms, progress_timeout_ms, options, retry_of, items, state, sealed_at)
            SELECT name, model, digest, lane, 1, seed, priority, truncation, tenant, kind, band, weight,
                max_attempts, timeout_ms, progress_timeout_ms, options, id, $2, 1, clock_timestamp()
            FROM batch WHERE id = $1
            RETURNING id
        )
        INSERT INTO batch_count (id) SELECT id FROM copy RETURNING id
        """
}
