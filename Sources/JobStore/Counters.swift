import Jobs
import Postgres

/// By how much a transaction changes the counters of a batch.
struct CountChange {
    var ready: Int64 = 0
    var later: Int64 = 0
    var live: Int64 = 0
    var succeeded: Int64 = 0
    var failed: Int64 = 0
    var cancelled: Int64 = 0
    var bytes: Int64 = 0
}

/// The changes of one transaction to the counters, written once at its end.
struct Counters {
    /// Changes the counters of batch $1.
    static let changeSQL = """
        UPDATE batch_count SET ready = ready + $2, later = later + $3, live = live + $4,
            succeeded = succeeded + $5, failed = failed + $6, cancelled = cancelled + $7, bytes = bytes + $8
        WHERE id = $1 RETURNING id, ready + later + live
        """

    private var changes: [BatchID: CountChange] = [:]

    mutating func change(_ batch: BatchID, _ body: (inout CountChange) -> Void) {
        body(&changes[batch, default: CountChange()])
    }

    /// Writes the changes, and finishes the batches whose last job has ended.
    ///
    /// Rows are locked in the order of their ids, whichever order the jobs came in, so that two transactions cannot
    /// wait for each other.
    /// - Returns: The batches that this transaction finished.
    func write(_ connection: isolated PostgresConnection) throws -> [BatchID] {
        guard !changes.isEmpty else { return [] }
        let statements = changes.sorted { $0.key < $1.key }.map { batch, change in
            PostgresStatement(
                Self.changeSQL,
                [
                    .int8(batch.rawValue), .int8(change.ready), .int8(change.later), .int8(change.live),
                    .int8(change.succeeded), .int8(change.failed), .int8(change.cancelled), .int8(change.bytes),
                ])
        }
        let ended = try connection.pipeline(statements).compactMap { rows in
            try rows.first.flatMap { try $0.int64(1) == 0 ? try $0.int64(0) : nil }
        }
        guard !ended.isEmpty else { return [] }
        return try connection.query(
            """
            UPDATE batch SET state = CASE state WHEN 5 THEN 6 ELSE 3 END, finished_at = clock_timestamp()
            WHERE id = ANY($1) AND state IN (1, 2, 5) RETURNING id
            """, [.int8Array(ended)]
        ).map { BatchID(try $0.int64(0)) }
    }
}
