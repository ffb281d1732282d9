public import Jobs
import Postgres

/// A step on the way of batches that are called off.
public struct CancelReport: Sendable, Equatable {
    /// Executions that are over: tell Redis, so that it hands them to nobody and stops who has them.
    public var leases: [Lease] = []
    /// Jobs that were ended.
    public var cancelled = 0
    /// Batches whose last job was ended.
    public var finishedBatches: [BatchID] = []
    /// Whether batches with more jobs may be left.
    public var isMore = false
}

extension JobStore {
    /// Jobs that one step of calling off ends at most.
    static let cancelledPerStep = 5_000

    /// Calls a batch off: from now on none of its jobs begins, those that run are stopped, and all that have not ended
    /// are ended as cancelled, step by step: see ``cancelStep(term:)``.
    ///
    /// An open batch is given up instead. Repeating it changes nothing; a batch that is over stays as it is.
    public func cancel(_ id: BatchID, of tenant: TenantID? = nil) async throws(StoreError) -> BatchRecord {
        try await transaction { connection in
            let batch = try Self.lock(connection, id, of: tenant)
            switch batch.state {
            case .finished, .abandoned, .cancelled: return batch
            // What runs of a batch that expired might have come to its end; not any more.
            case .cancelling:
                try connection.query(
                    "UPDATE batch SET ended_because = $2 WHERE id = $1 AND ended_because = $3",
                    [.int8(id.rawValue), .text(JobFailure.cancelledCode), .text(JobFailure.expiredCode)])
            case .open:
                try connection.query(
                    "UPDATE batch SET state = 4, finished_at = clock_timestamp() WHERE id = $1", [.int8(id.rawValue)])
            case .sealed, .running: try Self.beginCancelling(connection, [id], because: JobFailure.cancelledCode)
            }
            return try Self.require(connection, id)
        }
    }

    private static func beginCancelling(
        _ connection: isolated PostgresConnection, _ ids: [BatchID], because code: String
    ) throws {
        try connection.query(
            """
            UPDATE batch SET state = 5, paused = false, recall = false, ended_because = $2
            WHERE id = ANY($1) AND state IN (1, 2)
            """, [.int8Array(ids.map(\.rawValue)), .text(code)])
    }

    /// Calls off what is left of batches whose time is over; open ones are given up.
    /// - Returns: How many there were.
    public func expire(term: Term) async throws(StoreError) -> Int {
        try await transaction { connection in
            try Self.assertTerm(connection, term)
            let rows = try connection.query(
                """
                SELECT id, state FROM batch WHERE state IN (0, 1, 2) AND expires_at <= clock_timestamp()
                ORDER BY id LIMIT 100 FOR UPDATE
                """)
            let open = try rows.filter { try $0.int(1) == 0 }.map { try $0.int64(0) }
            let sealed = try rows.filter { try $0.int(1) != 0 }.map { BatchID(try $0.int64(0)) }
            if !open.isEmpty {
                try connection.query(
                    """
                    UPDATE batch SET state = 4, finished_at = clock_timestamp(), ended_because = $2
                    WHERE id = ANY($1)
                    """, [.int8Array(open), .text(JobFailure.expiredCode)])
            }
            if !sealed.isEmpty { try Self.beginCancelling(connection, sealed, because: JobFailure.expiredCode) }
            return rows.count
        }
    }

    /// Ends the next jobs of batches that are called off: those handed out first, then those that wait.
    ///
    /// Of an expired batch only what waits is ended, also in Redis, from where ``recalls(limit:)`` fetches it; what runs
    /// may come to its end.
    /// - Parameter term: The caller's term; ``StoreError/Reason/staleTerm`` where it is over.
    public func cancelStep(term: Term) async throws(StoreError) -> CancelReport {
        try await transaction { connection in
            try Self.assertTerm(connection, term)
            let rows = try connection.query(
                """
                SELECT b.id, b.ended_because, b.has_needs FROM batch b JOIN batch_count c USING (id) WHERE b.state = 5
                    AND (c.ready + c.later > 0 OR (c.live > 0 AND b.ended_because = 'cancelled'))
                ORDER BY b.id LIMIT 1
                """)
            guard let row = rows.first else { return CancelReport() }
            try connection.preferIndexes()
            var ending = Ending(
                batch: BatchID(try row.int64(0)), code: try row.get(1, as: String?.self) ?? JobFailure.cancelledCode,
                hasNeeds: try row.bool(2))
            try ending.run(connection, limit: Self.cancelledPerStep)
            var report = ending.report
            report.finishedBatches = try ending.counters.write(connection).finished
            report.isMore = true
            return report
        }
    }

    /// Calls one job off, wherever it is; one that has ended stays as it is.
    /// - Returns: The execution that Redis must be told of, if there is one.
    public func cancel(_ job: JobID, of tenant: TenantID? = nil) async throws(StoreError) -> Lease? {
        try await transaction { connection in
            guard let batch = try Self.batch(of: job, tenant: tenant, connection) else {
                throw StoreError(.notFound, "there is no job \(job)")
            }
            // Keeps the fresh ids of the batch where they are, and two calls apart.
            let record = try Self.lock(connection, batch, of: tenant)
            let state = record.state
            guard state != .open, !state.isTerminal else {
                throw StoreError(
                    .wrongState(state), "batch \(batch) of the job is \(state.rawValue): nothing of it waits or runs")
            }
            try connection.preferIndexes()
            var ending = Ending(batch: batch, code: JobFailure.cancelledCode, hasNeeds: record.hasNeeds)
            // What hands out, promotes or gives back moves jobs from place to place without the lock of the batch: one
            // that moved to a place that was looked at already is found the next time.
            for _ in 0..<3 {
                try ending.run(connection, job: job)
                if try ending.report.cancelled > 0 || Self.hasEnded(job, connection) { break }
            }
            _ = try ending.counters.write(connection)
            return ending.report.leases.first
        }
    }

    private static func hasEnded(_ job: JobID, _ connection: isolated PostgresConnection) throws -> Bool {
        try !connection.query("SELECT FROM job_done WHERE id = $1", [.int8(job.rawValue)]).isEmpty
    }

    private static func batch(
        of job: JobID, tenant: TenantID?, _ connection: isolated PostgresConnection
    ) throws -> BatchID? {
        try connection.query(
            """
            SELECT b.id FROM job j JOIN batch b ON b.id = j.batch_id
            WHERE j.id = $1 AND ($2::int IS NULL OR b.tenant = $2)
            """, [.int8(job.rawValue), .optional(tenant) { .int4($0.rawValue) }]
        ).first.map { BatchID(try $0.int64(0)) }
    }
}

/// Ends jobs of one batch that have not ended, from each of the four places that they can be in.
///
/// Whoever else moves jobs locks them first and the counters last. Jobs that wait for others are let go the other way
/// round, so the counters are locked before those are looked at, at the very end, and nothing is waited for behind that.
private struct Ending {
    let batch: BatchID
    let code: String
    /// Whether jobs of the batch may wait for others.
    let hasNeeds: Bool
    private var hasLockedCounters = false
    var counters = Counters()
    var report = CancelReport()

    init(batch: BatchID, code: String, hasNeeds: Bool) {
        self.batch = batch
        self.code = code
        self.hasNeeds = hasNeeds
    }

    /// Ends up to `limit` jobs.
    mutating func run(_ connection: isolated PostgresConnection, limit: Int) throws {
        let id = PostgresValue.int8(batch.rawValue)
        if code == JobFailure.cancelledCode {
            let rows = try connection.query(
                live("batch_id = $1 ORDER BY id LIMIT $3"), [id, .text(code), room(limit)])
            try noteLive(rows)
        }
        if report.cancelled < limit {
            let rows = try connection.query(
                ready("batch_id = $1 ORDER BY id LIMIT $3"), [id, .text(code), room(limit)])
            note(try Self.ids(rows)) { $0.ready -= $1 }
        }
        while report.cancelled < limit {
            let rows = try connection.query(Taking.takeBlockSQL, [id, room(limit)])
            guard let row = rows.first else { break }
            let ended = try connection.query(
                Self.fresh, [id, .text(code), .int8(try row.int64(0)), .int8(try row.int64(1))])
            note(try Self.ids(ended)) { $0.ready -= $1 }
        }
        if report.cancelled < limit {
            try lockCounters(connection)
            let rows = try connection.query(later("batch_id = $1 LIMIT $3"), [id, .text(code), room(limit)])
            note(try Self.ids(rows)) { $0.later -= $1 }
        }
    }

    /// Ends one job, if it is where it is looked for; repeating it looks again.
    mutating func run(_ connection: isolated PostgresConnection, job: JobID) throws {
        let parameters: [PostgresValue] = [.int8(batch.rawValue), .text(code), .int8(job.rawValue)]
        try noteLive(try connection.query(live("batch_id = $1 AND id = $3"), parameters))
        if report.cancelled == 0 {
            let rows = try connection.query(ready("batch_id = $1 AND id = $3"), parameters)
            note(try Self.ids(rows)) { $0.ready -= $1 }
        }
        // Whoever was not fresh the first time is never again.
        if report.cancelled == 0, !hasLockedCounters {
            let rows = try connection.query(Self.oneFresh, parameters)
            note(try Self.ids(rows)) { $0.ready -= $1 }
        }
        if report.cancelled == 0 {
            try lockCounters(connection)
            let rows = try connection.query(later("batch_id = $1 AND id = $3"), parameters)
            note(try Self.ids(rows)) { $0.later -= $1 }
        }
    }

    /// Keeps those out that let waiting jobs go.
    private mutating func lockCounters(_ connection: isolated PostgresConnection) throws {
        guard hasNeeds, !hasLockedCounters else { return }
        try connection.query("SELECT FROM batch_count WHERE id = $1 FOR UPDATE", [.int8(batch.rawValue)])
        hasLockedCounters = true
    }

    private func room(_ limit: Int) -> PostgresValue { .int8(Int64(limit - report.cancelled)) }

    private mutating func noteLive(_ rows: PostgresRows) throws {
        report.leases += try rows.map { Lease(job: JobID(try $0.int64(0)), epoch: Epoch(try $0.int64(1))) }
        note(try Self.ids(rows)) { $0.live -= $1 }
    }

    private static func ids(_ rows: PostgresRows) throws -> [JobID] { try rows.map { JobID(try $0.int64(0)) } }

    private mutating func note(_ jobs: [JobID], _ body: (inout CountChange, Int64) -> Void) {
        guard !jobs.isEmpty else { return }
        let count = jobs.count
        report.cancelled += count
        counters.end(jobs)
        counters.change(batch) { change in
            change.cancelled += Int64(count)
            body(&change, Int64(count))
        }
    }

    // MARK: Statements; $1 is the batch, $2 the code

    /// How rows are locked: those that somebody moves who waits for the counters are left for the next time.
    private var lock: String { hasLockedCounters ? "FOR UPDATE SKIP LOCKED" : "FOR UPDATE" }

    private func live(_ condition: String) -> String {
        """
        WITH chosen AS MATERIALIZED (SELECT id FROM job_live WHERE \(condition) \(lock)),
        taken AS (
            DELETE FROM job_live l USING chosen c WHERE l.id = c.id
            RETURNING l.id, l.epoch, l.attempt, l.crashes, l.worker
        ), written AS (
            INSERT INTO job_done (id, epoch, batch_id, state, attempt, crashes, worker, failure_code)
            SELECT id, epoch, $1, 3, attempt, crashes, worker, $2 FROM taken
        )
        SELECT id, epoch FROM taken
        """
    }

    private func ready(_ condition: String) -> String { waiting("job_ready", condition) }
    private func later(_ condition: String) -> String { waiting("job_later", condition) }

    private func waiting(_ table: String, _ condition: String) -> String {
        """
        WITH chosen AS MATERIALIZED (SELECT id FROM \(table) WHERE \(condition) \(lock)),
        taken AS (
            DELETE FROM \(table) r USING chosen c WHERE r.batch_id = $1 AND r.id = c.id
            RETURNING r.id, r.attempt, r.crashes
        ), written AS (
            INSERT INTO job_done (id, epoch, batch_id, state, attempt, crashes, failure_code)
            SELECT id, 0, $1, 3, attempt, crashes, $2 FROM taken
        )
        SELECT id FROM taken
        """
    }

    /// Ids from $3 to before $4, which were fresh until now.
    private static let fresh = """
        INSERT INTO job_done (id, epoch, batch_id, state, attempt, crashes, failure_code)
        SELECT g.id, 0, $1, 3, 0, 0, $2 FROM generate_series($3::bigint, $4 - 1) AS g (id)
        WHERE NOT EXISTS (SELECT FROM job_done d WHERE d.id = g.id)
        RETURNING id
        """

    /// Job $3, if it is fresh; its id becomes a hole in its block.
    private static let oneFresh = """
        WITH block AS (
            UPDATE batch_block SET holes = holes + 1
            WHERE batch_id = $1 AND $3 >= next AND $3 < base + count
                AND NOT EXISTS (SELECT FROM job_done d WHERE d.id = $3)
            RETURNING 1
        )
        INSERT INTO job_done (id, epoch, batch_id, state, attempt, crashes, failure_code)
        SELECT $3, 0, $1, 3, 0, 0, $2 FROM block
        RETURNING id
        """
}
