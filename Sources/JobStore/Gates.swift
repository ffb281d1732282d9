import Jobs
import Postgres

/// Batches that wait as a whole for another one.
enum Gates {
    /// Opens the gates behind batches that have finished, and calls off what waits for those that were called off.
    ///
    /// A batch that somebody is at is passed over, and left for the sweep: nobody is to be waited for here.
    static func open(_ connection: isolated PostgresConnection, behind batches: [BatchID]) throws {
        let rows = try connection.query(
            findSQL("b.after = ANY($1)") + " SKIP LOCKED", [.int8Array(batches.map(\.rawValue).sorted())])
        try settle(connection, rows)
    }

    /// Sees to all gates whose batches are over.
    /// - Returns: How many there were.
    static func sweep(_ connection: isolated PostgresConnection) throws -> Int {
        let rows = try connection.query(findSQL("true") + " SKIP LOCKED")
        try settle(connection, rows)
        return rows.count
    }

    /// Gated batches whose other batch is over, or not there any more, and whether that one has finished.
    private static func findSQL(_ condition: String) -> String {
        """
        SELECT b.id, coalesce(x.state = 3, false) FROM batch b LEFT JOIN batch x ON x.id = b.after
        WHERE b.gated AND b.state IN (0, 1, 2) AND (x.id IS NULL OR x.state IN (3, 4, 6)) AND \(condition)
        ORDER BY b.id LIMIT 1000 FOR UPDATE OF b
        """
    }

    private static func settle(_ connection: isolated PostgresConnection, _ rows: PostgresRows) throws {
        guard !rows.isEmpty else { return }
        let open = try rows.filter { try $0.bool(1) }.map { try $0.int64(0) }
        let lost = try rows.filter { try !$0.bool(1) }.map { try $0.int64(0) }
        if !open.isEmpty {
            try connection.query("UPDATE batch SET gated = false WHERE id = ANY($1)", [.int8Array(open)])
        }
        guard !lost.isEmpty else { return }
        try connection.query(
            """
            UPDATE batch SET state = CASE state WHEN 0 THEN 4 ELSE 5 END, gated = false, paused = false, recall = false,
                finished_at = CASE state WHEN 0 THEN clock_timestamp() END, ended_because = $2
            WHERE id = ANY($1)
            """, [.int8Array(lost), .text(JobFailure.needsFailedCode)])
    }
}
