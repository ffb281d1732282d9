public import Jobs
import Postgres

extension JobStore {
    /// Makes up to $1 due jobs ready.
    static let promoteSQL = """
        WITH due AS MATERIALIZED (
            SELECT id FROM job_later WHERE run_at <= statement_timestamp() ORDER BY run_at LIMIT $1
        ), taken AS (
            DELETE FROM job_later l USING due WHERE l.id = due.id
            RETURNING l.batch_id, l.id, l.attempt, l.crashes
        ), written AS (
            INSERT INTO job_ready (batch_id, id, attempt, crashes)
            SELECT batch_id, id, attempt, crashes FROM taken
        )
        SELECT batch_id, count(*) FROM taken GROUP BY batch_id
        """

    /// Makes jobs ready whose time has come.
    /// - Parameters:
    ///   - limit: Most jobs.
    ///   - term: The caller's term; ``StoreError/Reason/staleTerm`` where it is over.
    /// - Returns: How many there were.
    public func promoteDue(limit: Int = 1_000, term: Term) async throws(StoreError) -> Int {
        try await transaction { connection in
            try Self.assertTerm(connection, term)
            try connection.preferIndexes()
            let rows = try connection.query(
                Self.promoteSQL, [.int8(Int64(limit))])
            var counters = Counters()
            var total = 0
            for row in rows {
                let count = try row.int64(1)
                counters.change(BatchID(try row.int64(0))) { change in
                    change.later -= count
                    change.ready += count
                }
                total += Int(count)
            }
            _ = try counters.write(connection)
            return total
        }
    }

    /// Makes jobs ready again whose execution Redis does not know: it was wiped, or never got them.
    ///
    /// Their attempts do not count, and they get a new epoch when they are handed out again. Ask Redis first, and
    /// record every fact that it held at that moment before calling this: a job unknown there may have been finished.
    /// - Parameters:
    ///   - leases: Executions that are over; those that PostgreSQL has in another epoch are left alone.
    ///   - term: The caller's term; ``StoreError/Reason/staleTerm`` where it is over.
    /// - Returns: How many jobs were made ready.
    public func requeue(_ leases: [Lease], term: Term) async throws(StoreError) -> Int {
        var total = 0
        var start = 0
        // Once even where there is nothing to give back: whether the term is over is part of the question.
        repeat {
            let group = Array(leases[start..<min(start + 1_000, leases.count)])
            total += try await transaction { connection in
                try Self.assertTerm(connection, term)
                try connection.preferIndexes()
                let jobs = try TakenJob.take(connection, group)
                var settlement = Settlement()
                for job in jobs { settlement.requeue(job) }
                var counters = Counters()
                try settlement.write(connection, into: &counters)
                _ = try counters.write(connection)
                return jobs.count
            }
            start += group.count
        } while start < leases.count
        return total
    }
}
