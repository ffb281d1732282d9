import Jobs
import Postgres

/// Failed jobs of one batch on their way into another, to run again there.
struct FailedCopy {
    /// The new batch.
    let batch: Int64
    /// Their batch.
    let original: Int64
    /// The failed jobs, in order.
    let jobs: [Int64]
    /// Id of the copy of the first of them; the others follow.
    let base: Int64
    /// Whether some of the requests may name jobs.
    let hasNeeds: Bool

    private var range: Range<Int64> { base..<base + Int64(jobs.count) }

    /// Notes the copies of jobs that others may need.
    func noteAgain(_ connection: isolated PostgresConnection) throws {
        try connection.query(
            """
            INSERT INTO job_again (id, again)
            SELECT u.id, $2 - 1 + u.place FROM unnest($1::bigint[]) WITH ORDINALITY AS u (id, place)
            WHERE (SELECT c.needed FROM batch_count c WHERE c.id = $3)
            ON CONFLICT (id) DO UPDATE SET again = excluded.again
            """, [.int8Array(jobs), .int8(base), .int8(original)])
    }

    /// Writes the copies.
    /// - Parameter all: Everything that is copied together.
    func write(_ connection: isolated PostgresConnection, among all: [FailedCopy]) throws {
        if hasNeeds {
            guard try !writeWithNeeds(connection, among: all) else { return }
        } else {
            try connection.query(
                """
                INSERT INTO job (id, batch_id, line, sample, custom_id, payload)
                SELECT $1 - 1 + row_number() OVER (ORDER BY id), $2, line, sample, custom_id, payload
                FROM job WHERE id = ANY($3)
                """, [.int8(base), .int8(batch), .int8Array(jobs)])
        }
        _ = try connection.pipeline([
            block(fresh: true),
            PostgresStatement(
                "UPDATE batch_count SET ready = ready + $2 WHERE id = $1",
                [.int8(batch), .int8(Int64(jobs.count))]),
        ])
    }

    private func block(fresh: Bool) -> PostgresStatement {
        PostgresStatement(
            "INSERT INTO batch_block (batch_id, base, count, next) VALUES ($1, $2, $3, $4)",
            [.int8(batch), .int8(base), .int4(Int32(jobs.count)), .int8(fresh ? base : range.upperBound)])
    }

    /// The same for requests that name jobs.
    /// - Returns: Whether some of the copies have to wait, so that all of them are in their places already.
    private func writeWithNeeds(
        _ connection: isolated PostgresConnection, among all: [FailedCopy]
    ) throws -> Bool {
        let rows = try connection.query(
            "SELECT line, sample, custom_id, payload FROM job WHERE id = ANY($1) ORDER BY id", [.int8Array(jobs)])
        var requests: [(request: JobRequest?, row: PostgresRow)] = []
        var named: Set<Int64> = []
        for row in rows {
            let request = try JobRequest(decoding: try row.bytes(3))
            for case .job(let id) in request.inputs.references { named.insert(id.rawValue) }
            requests.append((request.inputs.references.isEmpty ? nil : request, row))
        }
        let latest = try latest(connection, of: named)
        var needs = UploadedNeeds()
        try connection.copyIn("COPY job (id, batch_id, line, sample, custom_id, payload) FROM STDIN") { writer in
            for (id, (request, row)) in zip(range, requests) {
                writer.field(id)
                writer.field(batch)
                writer.field(try row.int(0))
                writer.field(try row.int(1))
                if let name = try row.get(2, as: String?.self) { writer.field(name) } else { writer.null() }
                if var request {
                    request.inputs = request.inputs.mapped { reference, _ in
                        guard case .job(let old) = reference else { return reference }
                        return .job(JobID(latest[old.rawValue] ?? old.rawValue))
                    }
                    needs.add(request.inputs, of: id)
                    writer.field(utf8: request.encoded())
                } else {
                    writer.field(utf8: try row.bytes(3))
                }
                try writer.endRow()
            }
        }
        let needed = named.map { latest[$0] ?? $0 }.sorted()
        let written = try connection.query(
            "SELECT DISTINCT batch_id FROM job WHERE id = ANY($1)", [.int8Array(needed)]
        ).map { try $0.int64(0) }
        let copied = all.filter { copy in needed.contains(where: copy.range.contains) }.map(\.batch)
        let isWaiting = try needs.write(
            connection, batches: Set(written + copied).subtracting([batch]), of: batch, jobs: range)
        if isWaiting { _ = try connection.pipeline([block(fresh: false)]) }
        return isWaiting
    }

    /// The last copies of those of the jobs that were run again.
    private func latest(
        _ connection: isolated PostgresConnection, of jobs: Set<Int64>
    ) throws -> [Int64: Int64] {
        guard !jobs.isEmpty else { return [:] }
        let rows = try connection.query(
            """
            WITH RECURSIVE chain (first, id) AS (
                SELECT a.id, a.again FROM job_again a WHERE a.id = ANY($1)
                UNION SELECT c.first, a.again FROM chain c JOIN job_again a ON a.id = c.id
            )
            SELECT first, max(id) FROM chain GROUP BY first
            """, [.int8Array(jobs.sorted())])
        var latest: [Int64: Int64] = [:]
        for row in rows { latest[try row.int64(0)] = try row.int64(1) }
        return latest
    }
}
