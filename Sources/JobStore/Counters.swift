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

/// What came of writing counters.
struct CountReport {
    /// Batches whose last job has ended.
    var finished: [BatchID] = []
    /// Jobs that had waited for those that ended, and may run now.
    var released = 0
}

/// The changes of one transaction to the counters, written once at its end.
struct Counters {
    /// Changes the counters of batch $1.
    static let changeSQL = """
        UPDATE batch_count SET ready = ready + $2, later = later + $3, live = live + $4,
            succeeded = succeeded + $5, failed = failed + $6, cancelled = cancelled + $7, bytes = bytes + $8
        WHERE id = $1 RETURNING id, ready + later + live, needed
        """
    /// Steps along chains of jobs that fail with one another that one transaction takes; the rest is for the sweep.
    private static let maximumLevels = 20

    private var changes: [BatchID: CountChange] = [:]
    /// Jobs that ended, or may have.
    private var ended: [JobID] = []

    mutating func change(_ batch: BatchID, _ body: (inout CountChange) -> Void) {
        body(&changes[batch, default: CountChange()])
    }

    /// Notes jobs that may have ended in this transaction: what waits for them is seen to.
    mutating func end(_ jobs: [JobID]) { ended += jobs }

    /// Writes the changes, finishes the batches whose last job has ended, and lets go what waited for jobs that ended.
    ///
    /// Rows are locked in the order of their ids, whichever order the jobs came in, so that two transactions cannot
    /// wait for each other; jobs that wait for others mostly are of later batches.
    func write(_ connection: isolated PostgresConnection) throws -> CountReport {
        var report = CountReport()
        var level = self
        for number in 0...Self.maximumLevels {
            let (finished, isNeeded) = try level.apply(connection)
            report.finished += finished
            guard isNeeded, !level.ended.isEmpty, number < Self.maximumLevels else { break }
            var needs = NeedSettlement()
            try needs.settle(connection, after: level.ended.map(\.rawValue))
            report.released += needs.released
            guard !needs.counters.changes.isEmpty else { break }
            level = needs.counters
        }
        if !report.finished.isEmpty { try Gates.open(connection, behind: report.finished) }
        return report
    }

    /// Writes the changes of one step.
    /// - Returns: The batches that it finished, and whether jobs of any of the changed ones are needed by others.
    private func apply(
        _ connection: isolated PostgresConnection
    ) throws -> (finished: [BatchID], isNeeded: Bool) {
        guard !changes.isEmpty else { return ([], false) }
        let statements = changes.sorted { $0.key < $1.key }.map { batch, change in
            PostgresStatement(
                Self.changeSQL,
                [
                    .int8(batch.rawValue), .int8(change.ready), .int8(change.later), .int8(change.live),
                    .int8(change.succeeded), .int8(change.failed), .int8(change.cancelled), .int8(change.bytes),
                ])
        }
        var over: [Int64] = []
        var isNeeded = false
        for rows in try connection.pipeline(statements) {
            guard let row = rows.first else { continue }
            if try row.int64(1) == 0 { over.append(try row.int64(0)) }
            if try row.bool(2) { isNeeded = true }
        }
        guard !over.isEmpty else { return ([], isNeeded) }
        let finished = try connection.query(
            """
            UPDATE batch SET state = CASE state WHEN 5 THEN 6 ELSE 3 END, finished_at = clock_timestamp()
            WHERE id = ANY($1) AND state IN (1, 2, 5) RETURNING id
            """, [.int8Array(over)]
        ).map { BatchID(try $0.int64(0)) }
        return (finished, isNeeded)
    }
}
