public import Jobs
import Postgres

extension JobStore {
    /// Whether a job of a tenant has made an artifact: its image, its code or its manifest.
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
                SELECT FROM job_done d JOIN batch b ON b.id = d.batch_id
                WHERE d.id = $1 AND $2 IN (d.image, d.code, d.manifest) AND ($3::int IS NULL OR b.tenant = $3)
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
