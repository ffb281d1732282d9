import Jobs
import Postgres

/// Which jobs on their way into a batch need which others.
struct UploadedNeeds: Sendable {
    private var jobs: [Int64] = []
    private var needs: [Int64] = []

    /// Notes what a job works on.
    mutating func add(_ inputs: JobInputs, of job: Int64) {
        var seen: Set<Int64> = []
        for case .job(let needed) in inputs.references where seen.insert(needed.rawValue).inserted {
            jobs.append(job)
            needs.append(needed.rawValue)
        }
    }

    /// Notes what the jobs of an upload wait for, and puts each of them into its place, if any has to wait.
    /// - Parameters:
    ///   - references: What the lines named.
    ///   - batch: Their batch, which is open.
    ///   - range: All of them.
    /// - Returns: Whether any has to wait; otherwise all of them are fresh.
    func write(
        _ connection: isolated PostgresConnection, _ references: LineReferences, of batch: BatchRecord,
        jobs range: Range<Int64>
    ) throws -> Bool {
        guard !needs.isEmpty else { return false }
        return try write(
            connection, batches: references.batches, of: batch.id.rawValue, jobs: range,
            opensGate: references.usesAfter)
    }

    /// The same where it is known which batches the needed jobs are of, beside the one of the jobs itself.
    func write(
        _ connection: isolated PostgresConnection, batches: Set<Int64>, of batch: Int64, jobs range: Range<Int64>,
        opensGate: Bool = false
    ) throws -> Bool {
        guard !needs.isEmpty else { return false }
        let id = PostgresValue.int8(batch)
        // Held to the end: whoever ends one of the needed jobs has to change one of these rows, and has either done so,
        // so that it is seen below, or will see what is written here.
        let all = batches.union([batch]).sorted()
        try connection.query(
            "SELECT FROM batch_count WHERE id = ANY($1) ORDER BY id FOR UPDATE", [.int8Array(all)])
        _ = try connection.pipeline([
            PostgresStatement(
                "UPDATE batch_count SET needed = true WHERE id = ANY($1) AND NOT needed", [.int8Array(all)]),
            PostgresStatement(
                "UPDATE batch SET has_needs = true, gated = gated AND NOT $2 WHERE id = $1", [id, .bool(opensGate)]),
            PostgresStatement(
                """
                INSERT INTO batch_need (needs, batch_id) SELECT n, $1 FROM unnest($2::bigint[]) AS n
                ON CONFLICT DO NOTHING
                """, [id, .int8Array(batches.sorted())]),
        ])
        let met = Set(
            try connection.query(
                "SELECT id FROM job_done WHERE id = ANY($1) AND state = 1",
                [.int8Array(Set(needs).filter { !range.contains($0) }.sorted())]
            ).map { try $0.int64(0) })
        let waiting = Set(zip(jobs, needs).filter { !met.contains($1) }.map(\.0))
        guard !waiting.isEmpty else { return false }
        try connection.copyIn("COPY job_need (needs, id, batch_id) FROM STDIN") { writer in
            for (job, needed) in zip(jobs, needs) where !met.contains(needed) {
                writer.field(needed)
                writer.field(job)
                writer.field(batch)
                try writer.endRow()
            }
        }
        try place(connection, waiting, of: id, jobs: range)
        return true
    }

    private func place(
        _ connection: isolated PostgresConnection, _ waiting: Set<Int64>, of batch: PostgresValue,
        jobs range: Range<Int64>
    ) throws {
        let later = Int64(waiting.count)
        _ = try connection.pipeline([
            PostgresStatement(
                """
                INSERT INTO job_later (id, batch_id, run_at, attempt, crashes, why)
                SELECT w, $1, 'infinity', 0, 0, 3 FROM unnest($2::bigint[]) AS w
                """, [batch, .int8Array(waiting.sorted())]),
            PostgresStatement(
                """
                INSERT INTO job_ready (batch_id, id, attempt, crashes)
                SELECT $1, r, 0, 0 FROM unnest($2::bigint[]) AS r
                """, [batch, .int8Array(range.filter { !waiting.contains($0) })]),
            PostgresStatement(
                "UPDATE batch_count SET ready = ready + $2, later = later + $3 WHERE id = $1",
                [batch, .int8(Int64(range.count) - later), .int8(later)]),
        ])
    }
}
