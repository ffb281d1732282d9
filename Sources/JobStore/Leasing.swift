public import Jobs
import Postgres

/// What a worker hears when it renews leases that PostgreSQL keeps.
public struct LeaseReport: Sendable, Equatable {
    /// Leases that it still has.
    public var held: Set<Lease>
    /// Whether it is announced.
    public var isRegistered: Bool
    /// What an operator wants of it.
    public var order: WorkerOrder
    /// Whether something waits in one of the lanes that go first.
    public var shouldYield: Bool
}

/// Executions that workers claim from a coordinator, without Redis; their leases are rows here.
///
/// Any coordinator may serve them: a claim locks what it takes, and the epoch fences what is reported. It is the slower
/// way, for each claim, beat and report is a transaction.
extension JobStore {
    /// Most jobs of one claim.
    public static let claimLimit = 250

    /// Hands jobs of the first lane that has some to a worker, which has them until the lease ends.
    /// - Parameters:
    ///   - wishes: Lanes in the order in which to look, each with the most jobs wanted of it.
    ///   - worker: Who asks.
    ///   - lease: How long it may be silent.
    public func claim(
        from wishes: [(lane: LaneID, limit: Int)], by worker: WorkerName, lease: Duration
    ) async throws(StoreError) -> [DispatchedJob] {
        for (lane, wanted) in wishes {
            let limit = min(wanted, Self.claimLimit)
            guard limit > 0 else { continue }
            try await reserveEpochs(2 * limit, term: nil)
            let jobs = try await transaction { connection in
                try connection.preferIndexes(durably: false)
                let jobs = try self.handOut(connection, lane: lane, limit: limit, term: nil)
                guard !jobs.isEmpty else { return jobs }
                try connection.query(
                    """
                    UPDATE job_live SET leased_until = clock_timestamp() + make_interval(secs => $2),
                        worker = (SELECT w.id FROM worker w WHERE w.name = $3)
                    WHERE id = ANY($1)
                    """, [.int8Array(jobs.map(\.lease.job.rawValue)), .double(lease.seconds), .text(worker.rawValue)])
                return jobs
            }
            if !jobs.isEmpty { return jobs }
        }
        return []
    }

    /// Renews the leases of a worker, and shows that it lives.
    /// - Parameters:
    ///   - leases: What it has.
    ///   - worker: Its name.
    ///   - lease: How long it may be silent from now on.
    ///   - urgent: Lanes that go before those that it works on.
    public func renew(
        _ leases: [Lease], of worker: WorkerName, lease: Duration, urgent: [LaneID]
    ) async throws(StoreError) -> LeaseReport {
        try await transaction { connection in
            try connection.preferIndexes(durably: false)
            let seen = try connection.query(
                """
                UPDATE worker SET seen_at = clock_timestamp() WHERE name = $1 AND seen_at IS NOT NULL
                RETURNING wanted
                """, [.text(worker.rawValue)])
            let waiting = try connection.query(
                """
                SELECT EXISTS (SELECT FROM batch b JOIN batch_count c USING (id)
                    WHERE b.lane = ANY($1) AND \(Self.isRunnable))
                """, [.int8Array(urgent.map(\.rawValue))])
            let held = try connection.query(
                """
                UPDATE job_live l SET leased_until = clock_timestamp() + make_interval(secs => $3)
                FROM unnest($1::bigint[], $2::bigint[]) AS u (id, epoch)
                WHERE l.id = u.id AND l.epoch = u.epoch AND l.leased_until IS NOT NULL RETURNING l.id, l.epoch
                """,
                [
                    .int8Array(leases.map(\.job.rawValue)), .int8Array(leases.map(\.epoch.rawValue)),
                    .double(lease.seconds),
                ])
            return LeaseReport(
                held: Set(try held.map { Lease(job: JobID(try $0.int64(0)), epoch: Epoch(try $0.int64(1))) }),
                isRegistered: !seen.isEmpty,
                order: try seen.first.flatMap { WorkerOrder(rawValue: try $0.int(0)) } ?? .work,
                shouldYield: try waiting[0].bool(0))
        }
    }

    /// Records what a worker reports of leases that PostgreSQL keeps.
    /// - Returns: For each fact, in order: false if the lease was not the worker's any more, so that it was dropped.
    public func settle(_ facts: [Fact]) async throws(StoreError) -> (accepted: [Bool], report: RecordReport) {
        let ended = try await over(facts.map(\.lease))
        let report = try await record(facts)
        let lost = Set(ended)
        return (facts.map { !lost.contains($0.lease) }, report)
    }

    /// Gives up on workers whose leases have run out; their jobs are ready again, or given up as poison.
    /// - Parameter term: The caller's term; ``StoreError/Reason/staleTerm`` where it is over.
    /// - Returns: How many leases there were.
    public func reapLeases(limit: Int = 1_000, term: Term) async throws(StoreError) -> Int {
        let policy = policy
        return try await transaction { connection in
            try Self.assertTerm(connection, term)
            try connection.preferIndexes()
            let rows = try connection.query(Self.takeExpiredSQL, [.int8(Int64(limit))])
            guard !rows.isEmpty else { return 0 }
            var settlement = Settlement()
            for row in rows {
                let job = try TakenJob(row)
                let fact = Fact(
                    lease: job.lease, worker: WorkerName(sanitizing: "coordinator"),
                    event: .lost(begun: try row.bool(6)))
                let action = JobStateMachine.decide(
                    .live(job.execution), fact, policy: job.policy(policy), jitter: Double.random(in: 0..<1))
                settlement.add(action, to: job, worker: try row.get(7, as: Int32?.self).map(Int64.init))
            }
            var counters = Counters()
            try settlement.write(connection, into: &counters)
            _ = try counters.write(connection)
            return rows.count
        }
    }

    /// Shortens leases that would last longer than any that is given: the clock was set back since.
    /// - Parameter lease: The longest that a worker may ask for.
    public func shortenLeases(to lease: Duration) async throws(StoreError) {
        try await transaction { connection in
            try connection.preferIndexes(durably: false)
            _ = try connection.query(
                """
                UPDATE job_live SET leased_until = clock_timestamp() + make_interval(secs => $1)
                WHERE leased_until > clock_timestamp() + make_interval(secs => $1 + 2)
                """, [.double(lease.seconds)])
        }
    }

    /// Takes up to $1 executions whose lease has run out; columns as in ``TakenJob/takeSQL``, then whether it had begun,
    /// and who had it.
    static let takeExpiredSQL = """
        WITH due AS MATERIALIZED (
            SELECT id, epoch FROM job_live WHERE leased_until <= statement_timestamp() ORDER BY leased_until LIMIT $1
        )
        DELETE FROM job_live l USING due d WHERE l.id = d.id AND l.epoch = d.epoch AND l.leased_until <= clock_timestamp()
        RETURNING l.id, l.epoch, l.batch_id, l.attempt, l.crashes,
            (SELECT b.max_attempts FROM batch b WHERE b.id = l.batch_id), l.started_at IS NOT NULL, l.worker
        """
}
