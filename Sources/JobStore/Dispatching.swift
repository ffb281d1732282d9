public import Jobs
import Postgres
import Synchronization

extension JobStore {
    /// Most batches that one call draws jobs from.
    static let batchesPerDispatch = 1_000

    /// Hands jobs of a lane out: each gets a new epoch and counts as running.
    ///
    /// Push them to Redis after this returns. Only sealed batches take part whose time has come and that are not paused;
    /// see ``FairScheduler`` for who goes first.
    /// If the outcome is unknown (the connection broke during the commit), or the push fails, find what Redis does not
    /// know among ``liveLeases(after:limit:)`` and give it to ``requeue(_:term:)``: an epoch is pushed at most once.
    ///
    /// The commit is not flushed: where the server crashes right after it, the jobs are ready again and get other
    /// epochs, so that whatever is reported of these is stale. Epochs themselves are reserved durably.
    /// - Parameters:
    ///   - lane: The lane.
    ///   - limit: Most jobs, up to ``transactionLimit``.
    ///   - term: The caller's term; ``StoreError/Reason/staleTerm`` where it is over.
    public func dispatch(lane: LaneID, limit: Int, term: Term) async throws(StoreError) -> [DispatchedJob] {
        let limit = min(limit, Self.transactionLimit)
        guard limit > 0 else { return [] }
        // Each job may be looked for among those that came back and among the fresh ones, with an epoch at hand.
        try await reserveEpochs(2 * limit, term: term)
        return try await transaction { connection in
            try Self.assertTerm(connection, term)
            try connection.preferIndexes(durably: false)
            return try self.handOut(connection, lane: lane, limit: limit, term: term)
        }
    }

    /// Moves up to `limit` jobs of a lane to the live ones, with epochs that were reserved for a term or for none.
    func handOut(
        _ connection: isolated PostgresConnection, lane: LaneID, limit: Int, term: Term?
    ) throws -> [DispatchedJob] {
        let candidates = try Self.candidates(connection, lane: lane)
        guard !candidates.isEmpty else { return [] }
        let isRunning = Set(candidates.filter(\.isRunning).map(\.candidate.batch))
        let hasNeeds = Set(candidates.filter(\.hasNeeds).map(\.candidate.batch))
        let shares = memory.withLock { memory in
            memory.schedulers[lane, default: FairScheduler()]
                .share(limit, among: candidates.map(\.candidate), at: memory.start.duration(to: .now))
        }
        var taken: [BatchID: [DispatchedJob]] = [:]
        var begun: [Int64] = []
        var counters = Counters()
        // In one order for everybody, whoever goes first: two that hand out at once must not wait for each other.
        for (batch, share) in shares.sorted(by: { $0.batch < $1.batch }) {
            var jobs = try Taking(store: self, lane: lane, batch: batch, term: term).take(connection, share)
            guard !jobs.isEmpty else { continue }
            counters.change(batch) { change in
                change.ready -= Int64(jobs.count)
                change.live += Int64(jobs.count)
            }
            if !isRunning.contains(batch) { begun.append(batch.rawValue) }
            if hasNeeds.contains(batch) { jobs = try Self.resolveInputs(connection, of: jobs, &counters) }
            taken[batch] = jobs
        }
        _ = try counters.write(connection)
        if !begun.isEmpty {
            try connection.query("UPDATE batch SET state = 2 WHERE id = ANY($1) AND state = 1", [.int8Array(begun)])
        }
        return shares.flatMap { taken[$0.batch] ?? [] }
    }

    /// Puts artifacts into the place of jobs in requests, and gives those up that cannot be had any more.
    private static func resolveInputs(
        _ connection: isolated PostgresConnection, of jobs: [DispatchedJob], _ counters: inout Counters
    ) throws -> [DispatchedJob] {
        let resolution = try InputResolution(connection, jobs)
        guard !resolution.lost.isEmpty else { return resolution.jobs }
        let failures = Dictionary(resolution.lost.map { ($0.lease, $0.failure) }) { first, _ in first }
        var settlement = Settlement()
        for job in try TakenJob.take(connection, resolution.lost.map(\.lease)) {
            if let failure = failures[job.lease] { settlement.add(.fail(failure), to: job, worker: nil) }
        }
        try settlement.write(connection, into: &counters)
        return resolution.jobs
    }

    /// Which batches may hand jobs out now.
    static let isRunnable = """
        b.state IN (1, 2) AND NOT b.paused AND NOT b.gated AND (b.start_at IS NULL OR b.start_at <= clock_timestamp()) AND c.ready > 0
        """

    /// Lanes in which jobs wait to be handed out.
    public func readyLanes() async throws(StoreError) -> [LaneID] {
        try await run { connection in
            try connection.query(
                """
                SELECT DISTINCT b.lane FROM batch b JOIN batch_count c USING (id)
                WHERE \(Self.isRunnable) ORDER BY b.lane
                """
            ).map { LaneID(try $0.int64(0)) }
        }
    }

    /// Executions under way that went through Redis, as PostgreSQL has them, in the order of their jobs.
    public func liveLeases(after job: JobID? = nil, limit: Int) async throws(StoreError) -> [Lease] {
        try await run { connection in
            try connection.query(
                """
                SELECT id, epoch FROM job_live WHERE id > $1 AND leased_until IS NULL ORDER BY id LIMIT $2
                """,
                [.int8(job?.rawValue ?? -1), .int8(Int64(limit))]
            ).map { Lease(job: JobID(try $0.int64(0)), epoch: Epoch(try $0.int64(1))) }
        }
    }

    /// Those of the executions that do not count any more.
    public func over(_ leases: [Lease]) async throws(StoreError) -> [Lease] {
        guard !leases.isEmpty else { return [] }
        return try await run { connection in
            try connection.query(
                """
                SELECT u.id, u.epoch FROM unnest($1::bigint[], $2::bigint[]) AS u (id, epoch)
                WHERE NOT EXISTS (SELECT FROM job_live l WHERE l.id = u.id AND l.epoch = u.epoch)
                """, [.int8Array(leases.map(\.job.rawValue)), .int8Array(leases.map(\.epoch.rawValue))]
            ).map { Lease(job: JobID(try $0.int64(0)), epoch: Epoch(try $0.int64(1))) }
        }
    }

    // MARK: Choosing

    /// Class of the locks under which jobs of tenants with a limit begin to count as running.
    private static let runningLock: Int32 = 0x7E_D1_00_01

    /// Batches of lane $1 with jobs to hand out, at most $2: of each tenant as many, those first that go first by
    /// priority and age (see ``FairScheduler``), so that nobody's many batches hide those of others.
    static let candidatesSQL = """
        SELECT id, tenant, tenant_weight, max_running, weight, priority, is_running, ready, age, has_needs FROM (
            SELECT *, row_number() OVER (
                PARTITION BY tenant ORDER BY priority + least(\(FairScheduler.maximumRise), age / \(ageingSeconds)) DESC, id
            ) AS place
            FROM (
                SELECT b.id, b.tenant, t.weight AS tenant_weight, t.max_running, b.weight, b.priority,
                    b.state = 2 AS is_running, c.ready,
                    extract(epoch FROM clock_timestamp() - greatest(b.sealed_at, b.start_at))::float8 AS age,
                    b.has_needs
                FROM batch b JOIN batch_count c USING (id) JOIN tenant t ON t.id = b.tenant
                WHERE b.lane = $1 AND \(isRunnable)
            ) runnable
        ) ranked ORDER BY place, id LIMIT $2
        """
    private static let ageingSeconds = FairScheduler.ageingStep.components.seconds

    private static func candidates(
        _ connection: isolated PostgresConnection, lane: LaneID
    ) throws -> [(candidate: FairScheduler.Candidate, isRunning: Bool, hasNeeds: Bool)] {
        let rows = try connection.query(
            candidatesSQL, [.int8(lane.rawValue), .int8(Int64(batchesPerDispatch))])
        let limits = try rows.compactMap { row in
            try row.get(3, as: Int32?.self).map { (TenantID(try row.int32(1)), Int($0)) }
        }
        let rooms = try tenantRooms(connection, limits: Dictionary(limits) { first, _ in first })
        return try rows.map { row in
            let tenant = TenantID(try row.int32(1))
            let candidate = FairScheduler.Candidate(
                batch: BatchID(try row.int64(0)), tenant: tenant, tenantWeight: try row.int(2),
                tenantRoom: rooms[tenant], weight: try row.int(4), priority: try row.int(5),
                age: .seconds(try row.get(8, as: Double.self)), ready: try row.int(7))
            return (candidate, try row.bool(6), try row.bool(9))
        }
    }

    /// How many more jobs each of these tenants may have running.
    private static func tenantRooms(
        _ connection: isolated PostgresConnection, limits: [TenantID: Int]
    ) throws -> [TenantID: Int] {
        guard !limits.isEmpty else { return [:] }
        // Held until the jobs count as running; one of two who hand out at once sees what the other took. In the order
        // of their ids, lest the two wait for each other.
        try connection.query(
            "SELECT pg_advisory_xact_lock($1, id) FROM unnest($2::int[]) AS t (id)",
            [.int4(runningLock), .int4Array(limits.keys.map(\.rawValue).sorted())])
        var rooms = limits
        let rows = try connection.query(
            """
            SELECT b.tenant, sum(c.live)::bigint FROM batch b JOIN batch_count c USING (id)
            WHERE b.tenant = ANY($1) AND b.state IN (1, 2, 5) GROUP BY b.tenant
            """, [.int4Array(limits.keys.map(\.rawValue))])
        for row in rows { rooms[TenantID(try row.int32(0)), default: 0] -= try row.int(1) }
        return rooms.mapValues { max(0, $0) }
    }
}
