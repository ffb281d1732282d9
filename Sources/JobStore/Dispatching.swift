public import Jobs
import Postgres

extension JobStore {
    /// Most batches that one call draws jobs from.
    static let batchesPerDispatch = 64

    /// Hands jobs of a lane out: each gets a new epoch and counts as running.
    ///
    /// Push them to Redis after this returns. Only sealed batches take part, those of higher priority first; batches of one priority share `limit` equally.
    /// If the outcome is unknown (the connection broke during the commit), or the push fails, find what Redis does not
    /// know among ``liveLeases(after:limit:)`` and give it to ``requeue(_:term:)``: an epoch is pushed at most once.
    /// - Parameters:
    ///   - lane: The lane.
    ///   - limit: Most jobs, up to ``transactionLimit``.
    ///   - term: The caller's term; ``StoreError/Reason/staleTerm`` where it is over.
    public func dispatch(lane: LaneID, limit: Int, term: Term) async throws(StoreError) -> [DispatchedJob] {
        let limit = min(limit, Self.transactionLimit)
        guard limit > 0 else { return [] }
        return try await transaction { connection in
            try Self.assertTerm(connection, term)
            try connection.preferIndexes()
            let candidates = try Self.candidates(connection, lane: lane)
            var jobs: [DispatchedJob] = []
            var begun: [Int64] = []
            var counters = Counters()
            for (candidate, share) in Self.shares(of: candidates, limit: limit) where share > 0 {
                let taken = try Self.take(connection, share, of: candidate, lane: lane)
                guard !taken.isEmpty else { continue }
                counters.change(candidate.batch) { change in
                    change.ready -= Int64(taken.count)
                    change.live += Int64(taken.count)
                }
                if !candidate.isRunning { begun.append(candidate.batch.rawValue) }
                jobs += taken
            }
            _ = try counters.write(connection)
            if !begun.isEmpty {
                try connection.query("UPDATE batch SET state = 2 WHERE id = ANY($1) AND state = 1", [.int8Array(begun)])
            }
            return jobs
        }
    }

    /// Lanes in which jobs wait to be handed out.
    public func readyLanes() async throws(StoreError) -> [LaneID] {
        try await run { connection in
            try connection.query(
                """
                SELECT DISTINCT b.lane FROM batch b JOIN batch_count c USING (id)
                WHERE b.state IN (1, 2) AND c.ready > 0 ORDER BY b.lane
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

    // MARK: Choosing

    /// A batch with jobs to hand out.
    struct Candidate: Sendable {
        var batch: BatchID
        var priority: Int
        var isRunning: Bool
        var ready: Int
    }

    /// Batches of lane $1 with jobs to hand out, at most $2.
    static let candidatesSQL = """
        SELECT b.id, b.priority, b.state = 2, c.ready FROM batch b JOIN batch_count c USING (id)
        WHERE b.lane = $1 AND b.state IN (1, 2) AND c.ready > 0
        ORDER BY b.priority DESC, b.id LIMIT $2
        """

    private static func candidates(_ connection: isolated PostgresConnection, lane: LaneID) throws -> [Candidate] {
        try connection.query(
            candidatesSQL, [.int4(Int32(lane.rawValue)), .int8(Int64(batchesPerDispatch))]
        ).map { row in
            Candidate(
                batch: BatchID(try row.int64(0)), priority: try row.int(1), isRunning: try row.bool(2),
                ready: try row.int(3))
        }
    }

    /// What each candidate may hand out: priority after priority, in equal shares within one.
    static func shares(of candidates: [Candidate], limit: Int) -> [(Candidate, Int)] {
        var left = limit
        var shares: [(Candidate, Int)] = []
        var rest = candidates[...]
        while let first = rest.first, left > 0 {
            let group = rest.prefix { $0.priority == first.priority }
            let parts = FairShare.divide(left, among: group.map(\.ready))
            shares += zip(group, parts).map { ($0, $1) }
            left -= parts.reduce(0, +)
            rest = rest.dropFirst(group.count)
        }
        return shares
    }

    // MARK: Taking

    /// Moves up to `count` jobs of a batch to the live ones: those that ran before, then fresh ones.
    private static func take(
        _ connection: isolated PostgresConnection, _ count: Int, of candidate: Candidate, lane: LaneID
    ) throws -> [DispatchedJob] {
        var jobs = try takeReturned(connection, count, of: candidate.batch, lane: lane)
        while jobs.count < count {
            let fresh = try takeFresh(connection, count - jobs.count, of: candidate.batch, lane: lane)
            guard !fresh.isEmpty else { break }
            jobs += fresh
        }
        return jobs
    }

    /// Moves up to $2 jobs of batch $1 that ran before.
    static let takeReturnedSQL = """
        WITH chosen AS MATERIALIZED (
            SELECT id FROM job_ready WHERE batch_id = $1 ORDER BY id LIMIT $2
        ), taken AS (
            DELETE FROM job_ready r USING chosen c WHERE r.batch_id = $1 AND r.id = c.id
            RETURNING r.id, r.attempt, r.crashes
        )
        INSERT INTO job_live (id, epoch, batch_id, attempt, crashes)
        SELECT id, nextval('epoch'), $1, attempt + 1, crashes FROM taken
        RETURNING id, epoch, attempt, crashes
        """

    private static func takeReturned(
        _ connection: isolated PostgresConnection, _ count: Int, of batch: BatchID, lane: LaneID
    ) throws -> [DispatchedJob] {
        let rows = try connection.query(
            takeReturnedSQL, [.int8(batch.rawValue), .int8(Int64(count))])
        guard !rows.isEmpty else { return [] }
        let payloads = try connection.query(
            "SELECT id, payload FROM job WHERE id = ANY($1)", [.int8Array(try rows.map { try $0.int64(0) })])
        return try join(rows, payloads, batch: batch, lane: lane, isReturned: true)
    }

    /// Takes up to $2 ids from the first block of batch $1 that has fresh ones.
    static let takeBlockSQL = """
        WITH block AS MATERIALIZED (
            SELECT base, next, least(base + count, next + $2) AS bound FROM batch_block
            WHERE batch_id = $1 AND next < base + count ORDER BY base LIMIT 1 FOR UPDATE
        )
        UPDATE batch_block b SET next = block.bound FROM block
        WHERE b.batch_id = $1 AND b.base = block.base RETURNING block.next, block.bound
        """

    /// Makes the ids from $1 to before $2 live.
    static let insertLiveSQL = """
        INSERT INTO job_live (id, epoch, batch_id, attempt, crashes)
        SELECT id, nextval('epoch'), $3, 1, 0 FROM generate_series($1::bigint, $2 - 1) AS id
        RETURNING id, epoch, attempt, crashes
        """

    /// The requests of the ids from $1 to before $2.
    static let payloadsSQL = "SELECT id, payload FROM job WHERE id >= $1 AND id < $2"

    /// Takes from the first block that has fresh jobs; they are known by a bound that moves, so no row is deleted.
    private static func takeFresh(
        _ connection: isolated PostgresConnection, _ count: Int, of batch: BatchID, lane: LaneID
    ) throws -> [DispatchedJob] {
        let rows = try connection.query(
            takeBlockSQL, [.int8(batch.rawValue), .int8(Int64(count))])
        guard let row = rows.first else { return [] }
        let range: [PostgresValue] = [.int8(try row.int64(0)), .int8(try row.int64(1))]
        let answers = try connection.pipeline([
            PostgresStatement(
                insertLiveSQL, range + [.int8(batch.rawValue)]),
            PostgresStatement(payloadsSQL, range),
        ])
        return try join(answers[0], answers[1], batch: batch, lane: lane, isReturned: false)
    }

    /// Puts executions and payloads together; both may come in any order.
    private static func join(
        _ executions: PostgresRows, _ payloads: PostgresRows, batch: BatchID, lane: LaneID, isReturned: Bool
    ) throws -> [DispatchedJob] {
        var payload = [Int64: [UInt8]](minimumCapacity: payloads.count)
        for row in payloads { payload[try row.int64(0)] = try row.bytes(1) }
        let jobs = try executions.map { row in
            let id = try row.int64(0)
            guard let payload = payload[id] else {
                throw StoreError(.unexpected, "job \(id) of batch \(batch) has no row in table job")
            }
            return DispatchedJob(
                lease: Lease(job: JobID(id), epoch: Epoch(try row.int64(1))), batch: batch, lane: lane,
                attempt: try row.int(2), crashes: try row.int(3), isReturned: isReturned, payload: payload)
        }
        return jobs.sorted { $0.lease.job < $1.lease.job }
    }
}
