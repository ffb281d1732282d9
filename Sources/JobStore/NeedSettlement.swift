import Jobs
import Postgres

/// Lets jobs go that waited for others which have ended: those whose last one succeeded may run, those of which one did
/// not end so fail with it.
///
/// Whoever moves a waiting job has locked the row of its batch in `batch_count` first: of two transactions that each end
/// one of the jobs that a third needs, the later sees what the earlier did.
struct NeedSettlement {
    /// Waiting jobs that one transaction sees to; the rest is for the sweep.
    private static let limit = 10_000

    /// What it changed; the jobs that failed are noted as ended.
    var counters = Counters()
    /// Jobs that may run now.
    var released = 0

    /// Sees to what waits for these jobs.
    /// - Parameters:
    ///   - ended: Jobs that may have ended; those that have not are left alone.
    ///   - gone: Those of them that will never run, or are not there any more.
    mutating func settle(
        _ connection: isolated PostgresConnection, after ended: [Int64], gone: Set<Int64> = []
    ) throws {
        let rows = try connection.query(Self.findSQL, [.int8Array(ended), .int8(Int64(Self.limit))])
        guard !rows.isEmpty else { return }
        var stateOfNeeded: [Int64: Int] = [:]
        let needed = Set(try rows.map { try $0.int64(2) }).sorted()
        for row in try connection.query(Self.endedSQL, [.int8Array(needed)]) {
            stateOfNeeded[try row.int64(0)] = try row.int(1)
        }
        let found = try rows.compactMap { row -> Waiting? in
            let needs = try row.int64(2)
            let state = stateOfNeeded[needs]
            guard state != nil || gone.contains(needs) else { return nil }
            return Waiting(id: try row.int64(0), batch: try row.int64(1), needs: needs, isMet: state == 1)
        }
        guard !found.isEmpty else { return }
        let batches = Set(found.map(\.batch)).sorted()
        try connection.query(
            "SELECT FROM batch_count WHERE id = ANY($1) ORDER BY id FOR UPDATE", [.int8Array(batches)])
        // A statement of its own, which sees what was committed while this one waited for the locks.
        let states = try connection.query("SELECT id, state FROM batch WHERE id = ANY($1)", [.int8Array(batches)])
        var stateOf: [Int64: Int] = [:]
        for row in states { stateOf[try row.int64(0)] = try row.int(1) }
        // Nothing ends in an open batch: what fails there does so when it is sealed.
        let due = found.filter { $0.isMet || stateOf[$0.batch] != 0 }
        guard !due.isEmpty else { return }
        try connection.query(
            """
            DELETE FROM job_need n USING unnest($1::bigint[], $2::bigint[]) AS u (needs, id)
            WHERE n.needs = u.needs AND n.id = u.id
            """, [.int8Array(due.map(\.needs)), .int8Array(due.map(\.id))])
        // What is given up, or being called off, is ended by whoever does that.
        try fail(connection, due.filter { !$0.isMet && [1, 2].contains(stateOf[$0.batch]) })
        try release(connection, due.filter { $0.isMet && [0, 1, 2].contains(stateOf[$0.batch]) })
    }

    private struct Waiting {
        var id: Int64
        var batch: Int64
        var needs: Int64
        /// Whether the job that it needs has succeeded.
        var isMet: Bool
    }

    private mutating func fail(_ connection: isolated PostgresConnection, _ waiting: [Waiting]) throws {
        guard !waiting.isEmpty else { return }
        let causes = Dictionary(waiting.map { ($0.id, $0.needs) }, uniquingKeysWith: min).sorted { $0.key < $1.key }
        let rows = try connection.query(
            Self.failSQL,
            [
                .int8Array(causes.map(\.key)), .int8Array(causes.map(\.value)), .text(JobFailure.needsFailedCode),
            ])
        for row in rows {
            counters.end([JobID(try row.int64(0))])
            counters.change(BatchID(try row.int64(1))) { change in
                change.later -= 1
                change.failed += 1
            }
        }
    }

    private mutating func release(_ connection: isolated PostgresConnection, _ waiting: [Waiting]) throws {
        guard !waiting.isEmpty else { return }
        let rows = try connection.query(Self.releaseSQL, [.int8Array(Set(waiting.map(\.id)).sorted())])
        for row in rows {
            let count = try row.int64(1)
            released += Int(count)
            counters.change(BatchID(try row.int64(0))) { change in
                change.later -= count
                change.ready += count
            }
        }
    }

    // MARK: Statements

    /// What waits for the jobs $1, at most $2.
    static let findSQL = "SELECT id, batch_id, needs FROM job_need WHERE needs = ANY($1) LIMIT $2"

    /// Those of the jobs $1 that have ended, and how.
    static let endedSQL = "SELECT id, state FROM job_done WHERE id = ANY($1)"

    /// Ends the waiting jobs $1 because of the jobs $2.
    static let failSQL = """
        WITH taken AS (
            DELETE FROM job_later l USING unnest($1::bigint[], $2::bigint[]) AS u (id, cause)
            WHERE l.id = u.id AND l.why = 3
            RETURNING l.id, l.batch_id, l.attempt, l.crashes, u.cause
        ), written AS (
            INSERT INTO job_done (id, epoch, batch_id, state, attempt, crashes, failure_code, failure_message)
            SELECT id, 0, batch_id, 2, attempt, crashes, $3,
                'job ' || cause || ', whose result it needs, did not succeed; run that one again first, then this one'
            FROM taken
        ), letters AS (
            INSERT INTO dead_letter (id, batch_id, tenant, code)
            SELECT t.id, t.batch_id, b.tenant, $3 FROM taken t JOIN batch b ON b.id = t.batch_id
        )
        SELECT id, batch_id FROM taken
        """

    /// Makes those of the waiting jobs $1 ready that need nothing more.
    static let releaseSQL = """
        WITH taken AS (
            DELETE FROM job_later l USING unnest($1::bigint[]) AS u (id)
            WHERE l.id = u.id AND l.why = 3 AND NOT EXISTS (SELECT FROM job_need n WHERE n.id = l.id)
            RETURNING l.batch_id, l.id, l.attempt, l.crashes
        ), written AS (
            INSERT INTO job_ready (batch_id, id, attempt, crashes)
            SELECT batch_id, id, attempt, crashes FROM taken
        )
        SELECT batch_id, count(*) FROM taken GROUP BY batch_id
        """
}
