public import Jobs
import Postgres

extension JobStore {
    /// Whether a job of a tenant has made an artifact: its image, its code, its manifest, another file of it, or, while it
    /// runs and after, the last preview or curve.
    ///
    /// Asked by the job, whose row is found by its key: an index on the digests would cost every job that is recorded.
    /// - Parameters:
    ///   - digest: SHA-256 of the artifact, in hexadecimal digits.
    ///   - job: The job.
    ///   - tenant: Whose job it has to be; anybody's if `nil`.
    public func hasArtifact(
        _ digest: String, job: JobID, of tenant: TenantID?
    ) async throws(StoreError) -> Bool {
        try await run { connection in
            try connection.query(
                """
                SELECT FROM job j JOIN batch b ON b.id = j.batch_id
                WHERE j.id = $1 AND ($3::int IS NULL OR b.tenant = $3) AND (
                    EXISTS (SELECT FROM job_done d WHERE d.id = $1
                        AND ($2 IN (d.image, d.code, d.manifest) OR position(encode($2, 'hex') IN d.details) > 0))
                    OR EXISTS (SELECT FROM job_progress p WHERE p.id = $1 AND $2 IN (p.preview, p.curve)))
                """, [.int8(job.rawValue), .bytea(Hexadecimal.bytes(digest)), .optional(tenant) { .int4($0.rawValue) }]
            ).isEmpty == false
        }
    }

    /// Batches of a tenant that are sealed and not finished, at most 10,000.
    public func activeBatches(of tenant: TenantID) async throws(StoreError) -> [BatchID] {
        try await run { connection in
            try connection.query(
                "SELECT id FROM batch WHERE tenant = $1 AND state IN (1, 2, 5) ORDER BY id LIMIT 10000",
                [.int4(tenant.rawValue)]
            ).map { BatchID(try $0.int64(0)) }
        }
    }
}
