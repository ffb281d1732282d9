public import Jobs
import Postgres

extension JobStore {
    /// Jobs, the latest of their kind and model, that a rate is taken over.
    private static let jobsMeasured = 2_000

    /// Refuses a batch that could not be created, for its model or for what it asks of it.
    public func check(_ specification: BatchSpecification) async throws(StoreError) {
        _ = try await run { connection in try Self.checkKind(connection, specification) }
    }

    /// Images that were made each second while jobs of a kind and model were worked on lately; `nil` where there were
    /// none.
    ///
    /// Taken from when the latest jobs ended, with pauses of more than a minute counted as one minute.
    public func rate(of kind: JobKind, model name: String) async throws(StoreError) -> Double? {
        try await run { connection in
            let model = try Self.resolve(connection, name).model
            let row = try connection.query(
                """
                WITH blocks AS MATERIALIZED (
                    SELECT k.base, k.base + k.count AS bound FROM batch b JOIN batch_block k ON k.batch_id = b.id
                    WHERE b.digest = $1 AND b.kind = $2 AND b.state IN (2, 3, 5, 6) ORDER BY b.id DESC, k.base DESC LIMIT 20
                ), ended AS (
                    SELECT d.finished_at FROM blocks k CROSS JOIN LATERAL (
                        SELECT d.finished_at FROM job_done d WHERE d.id >= k.base AND d.id < k.bound AND d.state = 1
                        ORDER BY d.id DESC LIMIT $3
                    ) d ORDER BY d.finished_at DESC LIMIT $3
                ), gaps AS (
                    SELECT extract(epoch FROM finished_at - lag(finished_at) OVER (ORDER BY finished_at))::float8 AS gap
                    FROM ended
                )
                SELECT count(gap), coalesce(sum(least(gap, 60)) FILTER (WHERE gap IS NOT NULL), 0)::float8 FROM gaps
                """, [.text(model.digest), .text(kind.rawValue), .int8(Int64(Self.jobsMeasured))])[0]
            let (count, seconds) = (try row.int(0), try row.get(1, as: Double.self))
            return count > 0 && seconds > 0 ? Double(count) / seconds : nil
        }
    }
}
