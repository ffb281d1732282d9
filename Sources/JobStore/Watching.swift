public import Jobs
import Postgres

extension JobStore {
    /// Takes executions that are overdue from their workers: they took longer than their batch allows, or reported no
    /// progress for too long.
    ///
    /// The attempt counts, and another follows while there are any left.
    /// - Parameter term: The caller's term; ``StoreError/Reason/staleTerm`` where it is over.
    /// - Returns: The executions: tell Redis, so that it stops who has them.
    public func endOverdue(limit: Int = 1_000, term: Term) async throws(StoreError) -> [Lease] {
        let policy = policy
        return try await transaction { connection in
            try Self.assertTerm(connection, term)
            try connection.preferIndexes()
            let rows = try connection.query(Self.takeOverdueSQL, [.int8(Int64(limit))])
            guard !rows.isEmpty else { return [] }
            var settlement = Settlement()
            var leases: [Lease] = []
            for row in rows {
                let job = try TakenJob(row)
                let fact = Fact(
                    lease: job.lease, worker: WorkerName(sanitizing: "coordinator"),
                    event: .failed(try row.bool(6) ? Self.timeout : Self.stuck))
                let action = JobStateMachine.decide(
                    .live(job.execution), fact, policy: job.policy(policy), jitter: Double.random(in: 0..<1))
                settlement.add(action, to: job, worker: try row.get(7, as: Int32?.self).map(Int64.init))
                leases.append(job.lease)
            }
            var counters = Counters()
            try settlement.write(connection, into: &counters)
            _ = try counters.write(connection)
            return leases
        }
    }

    /// Takes up to $1 overdue executions; the first columns are those of ``TakenJob/takeSQL``, then whether the whole
    /// attempt took too long, and who had it.
    static let takeOverdueSQL = """
        WITH due AS MATERIALIZED (
            SELECT id, epoch FROM job_live WHERE due_at <= statement_timestamp() ORDER BY due_at LIMIT $1
        )
        DELETE FROM job_live l USING due d, batch b
        WHERE l.id = d.id AND l.epoch = d.epoch AND b.id = l.batch_id AND l.due_at <= clock_timestamp()
        RETURNING l.id, l.epoch, l.batch_id, l.attempt, l.crashes, b.max_attempts,
            coalesce(l.started_at + make_interval(secs => b.timeout_ms / 1000.0) <= clock_timestamp(), false), l.worker
        """

    private static let timeout = JobFailure(
        code: JobFailure.timeoutCode, message: "the attempt took longer than the batch allows", retryable: true)
    private static let stuck = JobFailure(
        code: JobFailure.stuckCode, message: "the attempt reported no progress for longer than the batch allows",
        retryable: true)
}
