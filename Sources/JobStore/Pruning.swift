public import Jobs
import Postgres

/// What was removed.
public struct PruneReport: Sendable, Equatable {
    /// Batches that were over for long enough.
    public var batches = 0
    /// Partitions of a million ids whose batches are all gone.
    public var partitions = 0
    /// Idempotency keys that were too old.
    public var keys = 0
}

extension JobStore {
    /// How long an idempotency key is remembered, in hours.
    static let idempotencyHours = 24
    /// Batches that one call removes at most.
    static let batchesPerPrune = 1_000
    /// Lines whose batches one call removes, unless the first has more.
    static let itemsPerPrune = 100_000

    /// Removes what nobody needs any more: batches that were over, or open without an upload, for longer than
    /// `retention`, and the partitions that hold none but such.
    ///
    /// A batch whose jobs others work on stays as long as those are not over.
    ///
    /// Batches go without a hold on the term, which could not be renewed for as long: two who remove them at once pass
    /// over each other's.
    ///
    /// The rows of jobs go with their partition, not one by one: nothing is written to a table that others read. Pictures
    /// stay in the artifact store.
    /// - Parameters:
    ///   - retention: Age that a batch must have come to since its end; `nil` keeps all of them.
    ///   - term: The caller's term; ``StoreError/Reason/staleTerm`` where it is over.
    public func prune(olderThan retention: Duration?, term: Term) async throws(StoreError) -> PruneReport {
        var report = PruneReport()
        report.keys = try await transaction { connection in
            try Self.assertTerm(connection, term)
            return try connection.query(
                "DELETE FROM idem WHERE created_at < clock_timestamp() - make_interval(hours => $1)",
                [.int4(Int32(Self.idempotencyHours))]
            ).affectedCount
        }
        guard let retention else { return report }
        report.batches = try await transaction { connection in
            try connection.query(
                Self.pruneSQL,
                [.double(retention.seconds), .int8(Int64(Self.batchesPerPrune)), .int8(Int64(Self.itemsPerPrune))]
            )[0].int(0)
        }
        while let partition = try await emptyPartition() {
            guard try await drop(partition, term: term) else { break }
            report.partitions += 1
        }
        return report
    }

    /// Removes up to $2 batches, of $3 lines or one, that ended more than $1 seconds ago, or were open for as long since
    /// they were made or something was uploaded.
    static let pruneSQL = """
        WITH aged AS MATERIALIZED (
            SELECT id, items FROM batch WHERE \(isAged) AND \(isNotNeeded) ORDER BY id LIMIT $2
        ), old AS MATERIALIZED (
            SELECT id FROM batch WHERE \(isAged) AND \(isNotNeeded) AND id IN (
                SELECT id FROM (SELECT id, sum(items) OVER (ORDER BY id) - items AS before FROM aged) a
                WHERE before < $3
            ) ORDER BY id FOR UPDATE SKIP LOCKED
        ), letters AS (DELETE FROM dead_letter d USING old WHERE d.batch_id = old.id),
        repeats AS (DELETE FROM idem i USING old WHERE i.batch_id = old.id),
        keys AS (DELETE FROM item_key k USING old WHERE k.batch_id = old.id),
        steps AS (
            DELETE FROM job_progress p USING old, batch_block k
            WHERE k.batch_id = old.id AND p.id >= k.base AND p.id < k.base + k.count
        ), needs AS (
            DELETE FROM job_need n USING old, batch_block k
            WHERE k.batch_id = old.id AND n.id >= k.base AND n.id < k.base + k.count
        ), agains AS (
            DELETE FROM job_again a USING old, batch_block k
            WHERE k.batch_id = old.id AND a.id >= k.base AND a.id < k.base + k.count
        ), ready AS (
            DELETE FROM job_ready r USING old, batch_block k
            WHERE k.batch_id = old.id AND r.batch_id = old.id AND r.id >= k.base AND r.id < k.base + k.count
        ), later AS (
            DELETE FROM job_later l USING old, batch_block k
            WHERE k.batch_id = old.id AND l.id >= k.base AND l.id < k.base + k.count
        ), ties AS (DELETE FROM batch_need n USING old WHERE n.batch_id = old.id OR n.needs = old.id),
        blocks AS (DELETE FROM batch_block k USING old WHERE k.batch_id = old.id),
        counts AS (DELETE FROM batch_count c USING old WHERE c.id = old.id),
        gone AS (DELETE FROM batch b USING old WHERE b.id = old.id RETURNING b.id)
        SELECT count(*) FROM gone
        """

    private static let isAged = """
        (state IN (3, 4, 6) AND finished_at < clock_timestamp() - make_interval(secs => $1)
            OR state = 0 AND coalesce(uploaded_at, created_at) < clock_timestamp() - make_interval(secs => $1))
        """

    /// Whether no batch that is not over works on what this one has made, or waits for it.
    private static let isNotNeeded = """
        NOT EXISTS (SELECT FROM batch_need n JOIN batch y ON y.id = n.batch_id
            WHERE n.needs = batch.id AND y.state IN (0, 1, 2, 5))
        """

    /// Whether no batch has ids in partition p.number.
    private static let isUnused = """
        NOT EXISTS (SELECT FROM batch_block k
            WHERE k.base < (p.number + 1) * 1000000 AND k.base + k.count > p.number * 1000000)
        """

    /// Number of the oldest partition of which no batch is left and whose ids will not be given out again.
    private func emptyPartition() async throws(StoreError) -> Int64? {
        try await run { connection in
            try connection.query(
                """
                SELECT p.number FROM (
                    SELECT substring(c.relname FROM 6)::bigint AS number FROM pg_inherits i
                    JOIN pg_class c ON c.oid = i.inhrelid
                    WHERE i.inhparent = 'job'::regclass AND c.relname ~ '^job_p[0-9]+$'
                ) p
                WHERE (p.number + 1) * 1000000 <= (SELECT last_value FROM job_id) AND \(Self.isUnused)
                ORDER BY p.number LIMIT 1
                """
            ).first.map { try $0.int64(0) }
        }
    }

    /// Drops a partition of each of the partitioned tables; waits for their locks only a moment, and in vain rather than
    /// hold others up.
    /// - Returns: False if it is in use after all: an upload that had reserved its ids came to its end meanwhile.
    private func drop(_ partition: Int64, term: Term) async throws(StoreError) -> Bool {
        try await transaction { connection in
            try Self.assertTerm(connection, term)
            try connection.execute("SET LOCAL lock_timeout = '200ms'")
            return try connection.query("SELECT drop_partitions($1)", [.int8(partition)])[0].bool(0)
        }
    }
}
