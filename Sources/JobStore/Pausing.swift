public import Jobs
import Postgres

extension JobStore {
    /// Hands nothing more of a batch out until it is resumed; what waits in Redis comes back, what runs ends.
    public func pause(_ id: BatchID, of tenant: TenantID? = nil) async throws(StoreError) -> BatchRecord {
        try await change(id, of: tenant, "paused = true, recall = true")
    }

    /// Goes on with a batch that was paused.
    public func resume(_ id: BatchID, of tenant: TenantID? = nil) async throws(StoreError) -> BatchRecord {
        try await change(id, of: tenant, "paused = false")
    }

    /// Gives a batch another priority, which counts for what waits in Redis as well.
    /// - Throws: ``StoreError/Reason/invalidValue`` for one outside of ``BatchSchedule/priorities``.
    public func setPriority(
        _ priority: Int, of id: BatchID, tenant: TenantID? = nil
    ) async throws(StoreError) -> BatchRecord {
        let range = BatchSchedule.priorities
        guard range.contains(priority) else {
            throw StoreError(
                .invalidValue, "a priority is a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return try await change(id, of: tenant, "priority = $2, recall = state = 2", [.int2(Int16(priority))])
    }

    /// Changes a batch that is not over.
    private func change(
        _ id: BatchID, of tenant: TenantID?, _ assignments: String, _ parameters: [PostgresValue] = []
    ) async throws(StoreError) -> BatchRecord {
        try await transaction { connection in
            let batch = try Self.lock(connection, id, of: tenant)
            guard !batch.state.isTerminal, batch.state != .cancelling else {
                throw StoreError(
                    .wrongState(batch.state), "batch \(id) is \(batch.state.rawValue): it cannot be changed any more")
            }
            try connection.query("UPDATE batch SET \(assignments) WHERE id = $1", [.int8(id.rawValue)] + parameters)
            return try Self.require(connection, id)
        }
    }

    // MARK: The leader's side

    /// Batches whose jobs in Redis are to come back, with the executions that they have there or with workers.
    ///
    /// Take them out of Redis, give what nobody had claimed to ``requeue(_:term:)``, then call ``recalled(_:)``.
    public func recalls(limit: Int = 100) async throws(StoreError) -> [(batch: BatchID, leases: [Lease])] {
        try await run { connection in
            // A batch that is paused, or has expired, is looked at again: its jobs may have been on their way to Redis a
            // moment ago. Those that were changed just now do not wait behind them.
            let batches = try connection.query(
                """
                SELECT b.id, b.recall FROM batch b JOIN batch_count c USING (id)
                WHERE b.recall OR (b.paused AND b.state = 2 AND c.live > 0)
                UNION ALL
                SELECT b.id, false FROM batch b JOIN batch_count c USING (id)
                WHERE b.state = 5 AND NOT b.recall AND b.ended_because = $2 AND c.live > 0
                ORDER BY 2 DESC, 1 LIMIT $1
                """, [.int8(Int64(limit)), .text(JobFailure.expiredCode)])
            return try batches.map { row in
                let leases = try connection.query(
                    "SELECT id, epoch FROM job_live WHERE batch_id = $1 ORDER BY id", [.int8(try row.int64(0))]
                ).map { Lease(job: JobID(try $0.int64(0)), epoch: Epoch(try $0.int64(1))) }
                return (BatchID(try row.int64(0)), leases)
            }
        }
    }

    /// Notes that a batch has been called back.
    public func recalled(_ id: BatchID) async throws(StoreError) {
        _ = try await run { connection in
            try connection.query("UPDATE batch SET recall = false WHERE id = $1", [.int8(id.rawValue)])
        }
    }
}
