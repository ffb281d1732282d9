import Jobs
import Postgres

/// Fills the tables as years of work would have, which no bench can wait for.
///
/// The only statements outside of `JobStore` that write Tedi's tables; they must follow its schema.
enum Seeding {
    /// Adds a finished batch of so many jobs, in steps that PostgreSQL's memory does not notice.
    static func finish(_ count: Int, in system: System) async throws {
        let connection = try system.servers.connection(to: system.database)
        let lane = try await connection.query("SELECT id FROM lane ORDER BY id LIMIT 1").first?.int(0) ?? 1
        let batch = try await connection.query(
            """
            INSERT INTO batch (name, model, digest, lane, samples, seed, priority, state, items, sealed_at, finished_at)
            VALUES ('seed', 'bench', $1, $2, 1, 0, 0, 3, $3, clock_timestamp(), clock_timestamp()) RETURNING id
            """, [.text(System.model.digest), .int4(Int32(lane)), .int4(Int32(count))])[0].int64(0)
        try await connection.query(
            "INSERT INTO batch_count (id, succeeded) VALUES ($1, $2)", [.int8(batch), .int8(Int64(count))])
        let base = try await connection.query("SELECT reserve_ids($1)", [.int8(Int64(count))])[0].int64(0)
        try await connection.query("SELECT ensure_partitions($1)", [.int8(base + Int64(count) + 2_000_000)])
        var start = base
        while start < base + Int64(count) {
            let range: [PostgresValue] = [
                .int8(start), .int8(min(start + 500_000, base + Int64(count)) - 1), .int8(batch), .int8(base),
            ]
            try await connection.query(
                """
                INSERT INTO job (id, batch_id, line, sample, payload)
                SELECT id, $3, id - $4, 0, '{"kind":"generate","version":1,"caption":"a young woman with blond wavy '
                    || 'hair, a slight smile and earrings, no ' || id || '","seed":0,"sample":0,"model":"'
                    || repeat('be', 32) || '"}'
                FROM generate_series($1::bigint, $2::bigint) AS id
                """, range)
            try await connection.query(
                """
                INSERT INTO job_done (id, epoch, batch_id, state, attempt, crashes, worker, image, bytes, width, height,
                    code, milliseconds)
                SELECT id, nextval('epoch'), $3, 1, 1, 0, 1, sha256(int8send(id)), 4096, 64, 64,
                    sha256(int8send(id + $4)), 10
                FROM generate_series($1::bigint, $2::bigint) AS id
                """, range)
            start += 500_000
        }
        await connection.close()
        try await system.settle()
    }
}

extension System {
    /// Lets PostgreSQL do what recent writes have left to be done.
    func settle() async throws {
        let connection = try servers.connection(to: database)
        try await connection.execute("VACUUM ANALYZE")
        try await connection.execute("CHECKPOINT")
        await connection.close()
    }
}
