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
        try await reserveEpochs(limit, term: term)
        return try await transaction { connection in
            try Self.assertTerm(connection, term)
            try connection.preferIndexes(durably: false)
            let candidates = try Self.candidates(connection, lane: lane)
            let isRunning = Set(candidates.filter(\.isRunning).map(\.candidate.batch))
            let shares = self.memory.withLock { memory in
                memory.schedulers[lane, default: FairScheduler()]
                    .share(limit, among: candidates.map(\.candidate), at: memory.start.duration(to: .now))
            }
            var jobs: [DispatchedJob] = []
            var begun: [Int64] = []
            var counters = Counters()
            for (batch, share) in shares {
                let taken = try self.take(connection, share, of: batch, lane: lane)
                guard !taken.isEmpty else { continue }
                counters.change(batch) { change in
                    change.ready -= Int64(taken.count)
                    change.live += Int64(taken.count)
                }
                if !isRunning.contains(batch) { begun.append(batch.rawValue) }
                jobs += taken
            }
            _ = try counters.write(connection)
            if !begun.isEmpty {
                try connection.query("UPDATE batch SET state = 2 WHERE id = ANY($1) AND state = 1", [.int8Array(begun)])
            }
            return jobs
        }
    }

    /// Which batches may hand jobs out now.
    private static let isRunnable = """
        b.state IN (1, 2) AND NOT b.paused AND (b.start_at IS NULL OR b.start_at <= clock_timestamp()) AND c.ready > 0
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

    /// Executions under way as PostgreSQL has them, in the order of their jobs.
    public func liveLeases(after job: JobID? = nil, limit: Int) async throws(StoreError) -> [Lease] {
        try await run { connection in
            try connection.query(
                "SELECT id, epoch FROM job_live WHERE id > $1 ORDER BY id LIMIT $2",
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

    /// Batches of lane $1 with jobs to hand out, at most $2.
    static let candidatesSQL = """
        SELECT b.id, b.tenant, t.weight, t.max_running, b.weight, b.priority, b.state = 2, c.ready,
            extract(epoch FROM clock_timestamp() - greatest(b.sealed_at, b.start_at))::float8
        FROM batch b JOIN batch_count c USING (id) JOIN tenant t ON t.id = b.tenant
        WHERE b.lane = $1 AND \(isRunnable)
        ORDER BY b.id LIMIT $2
        """

    private static func candidates(
        _ connection: isolated PostgresConnection, lane: LaneID
    ) throws -> [(candidate: FairScheduler.Candidate, isRunning: Bool)] {
        let rows = try connection.query(
            candidatesSQL, [.int4(Int32(lane.rawValue)), .int8(Int64(batchesPerDispatch))])
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
            return (candidate, try row.bool(6))
        }
    }

    /// How many more jobs each of these tenants may have running.
    private static func tenantRooms(
        _ connection: isolated PostgresConnection, limits: [TenantID: Int]
    ) throws -> [TenantID: Int] {
        guard !limits.isEmpty else { return [:] }
        var rooms = limits
        let rows = try connection.query(
            """
            SELECT b.tenant, sum(c.live)::bigint FROM batch b JOIN batch_count c USING (id)
            WHERE b.tenant = ANY($1) AND b.state IN (1, 2, 5) GROUP BY b.tenant
            """, [.int4Array(limits.keys.map(\.rawValue))])
        for row in rows { rooms[TenantID(try row.int32(0)), default: 0] -= try row.int(1) }
        return rooms.mapValues { max(0, $0) }
    }

    // MARK: Epochs

    /// Epochs that are reserved at once.
    private static let epochRun: Int64 = 1_000_000

    /// Makes sure that `count` epochs are at hand, all of them later than any that an earlier term gave out.
    private func reserveEpochs(_ count: Int, term: Term) async throws(StoreError) {
        let isEnough = memory.withLock { $0.epochsOf == term && $0.epochs.count >= count }
        guard !isEnough else { return }
        let base = try await run { connection in
            try connection.query("SELECT reserve_epochs($1)", [.int8(Self.epochRun)])[0].int64(0)
        }
        memory.withLock { $0.epochs = base..<base + Self.epochRun }
        memory.withLock { $0.epochsOf = term }
    }

    /// The first of `count` epochs that nobody else gets.
    private func takeEpochs(_ count: Int) throws -> Int64 {
        let base: Int64? = memory.withLock { memory in
            guard memory.epochs.count >= count else { return nil }
            defer { memory.epochs.removeFirst(count) }
            return memory.epochs.lowerBound
        }
        guard let base else { throw StoreError(.unavailable, "no epochs are left of those reserved; try again") }
        return base
    }

    // MARK: Taking

    /// Moves up to `count` jobs of a batch to the live ones: those that ran before, then fresh ones.
    private func take(
        _ connection: isolated PostgresConnection, _ count: Int, of batch: BatchID, lane: LaneID
    ) throws -> [DispatchedJob] {
        var jobs = try takeReturned(connection, count, of: batch, lane: lane)
        while jobs.count < count {
            guard let fresh = try takeFresh(connection, count - jobs.count, of: batch, lane: lane) else { break }
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
        _ connection: isolated PostgresConnection, _ count: Int, of batch: BatchID, lane: LaneID
    ) throws -> [DispatchedJob] {
        let rows = try connection.query(
            Self.takeReturnedSQL, [.int8(batch.rawValue), .int8(Int64(count)), .int8(try takeEpochs(count))])
        guard !rows.isEmpty else { return [] }
        let payloads = try connection.query(Self.returnedPayloadsSQL, [.int8Array(try rows.map { try $0.int64(0) })])
        return try Self.join(rows, payloads, batch: batch, lane: lane, isReturned: true)
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
        SELECT id, $4 + id - $1, $3, 1, 0 FROM generate_series($1::bigint, $2 - 1) AS fresh (id)
        WHERE NOT EXISTS (SELECT FROM job_done d WHERE d.id = fresh.id)
        RETURNING id, epoch, attempt, crashes
        """

    /// The requests of the ids from $1 to before $2.
    static let payloadsSQL = "SELECT id, payload FROM job WHERE id >= $1 AND id < $2"

    /// Takes from the first block that has fresh jobs; they are known by a bound that moves, so no row is deleted.
    /// - Returns: `nil` where no block has any; fewer than wanted, or none, where a block ends or has holes.
    private func takeFresh(
        _ connection: isolated PostgresConnection, _ count: Int, of batch: BatchID, lane: LaneID
    ) throws -> [DispatchedJob]? {
        let rows = try connection.query(Self.takeBlockSQL, [.int8(batch.rawValue), .int8(Int64(count))])
        guard let row = rows.first else { return nil }
        let range: [PostgresValue] = [.int8(try row.int64(0)), .int8(try row.int64(1))]
        let answers = try connection.pipeline([
            PostgresStatement(
                try row.bool(2) ? Self.insertLiveAmongHolesSQL : Self.insertLiveSQL,
                range + [.int8(batch.rawValue), .int8(try takeEpochs(count))]),
            PostgresStatement(Self.payloadsSQL, range),
        ])
        return try Self.join(answers[0], answers[1], batch: batch, lane: lane, isReturned: false)
    }

    /// Puts executions and payloads together; both may come in any order.
    private static func join(
        _ executions: PostgresRows, _ payloads: PostgresRows, batch: BatchID, lane: LaneID, isReturned: Bool
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
                checkpoint: isReturned ? try checkpoint(request) : nil, payload: try request.bytes(1))
        }
        return jobs.sorted { $0.lease.job < $1.lease.job }
    }

    private static func checkpoint(_ row: PostgresRow) throws -> Checkpoint? {
        guard let step = try row.get(2, as: Int32?.self) else { return nil }
        return Checkpoint(step: Int(step), digest: Hexadecimal.text(try row.bytes(3)))
    }
}
