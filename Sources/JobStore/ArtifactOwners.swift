public import Jobs
import Postgres

/// An input that was uploaded.
public struct OwnedArtifact: Sendable, Equatable {
    /// What kinds of input there are.
    public enum Kind: String, Sendable, CaseIterable {
        /// A PNG or JPEG.
        case photo
        /// A W+ code.
        case code
        /// The index of a finished batch.
        case index
    }

    /// SHA-256, 64 lower-case hexadecimal digits.
    public var digest: String
    /// What it is.
    public var kind: Kind
    /// Its size.
    public var bytes: Int

    /// Describes an input.
    public init(digest: String, kind: Kind, bytes: Int) {
        self.digest = digest
        self.kind = kind
        self.bytes = bytes
    }
}

extension JobStore {
    /// Notes that a tenant has uploaded an artifact, which is in the store by now; repeating it changes nothing.
    /// - Throws: ``StoreError/Reason/quotaExceeded`` where the tenant would have more bytes than it may.
    public func own(_ artifact: OwnedArtifact, by tenant: TenantID) async throws(StoreError) {
        try await transaction { connection in
            try ArtifactOwners.checkQuota(connection, artifact, tenant)
            try connection.query(
                """
                INSERT INTO artifact_owner AS o (tenant, digest, kind, bytes) VALUES ($1, $2, $3, $4)
                ON CONFLICT (tenant, digest) DO UPDATE SET kind = $3, bytes = $4 WHERE o.kind = 'made'
                """,
                [
                    .int4(tenant.rawValue), .bytea(Hexadecimal.bytes(artifact.digest)), .text(artifact.kind.rawValue),
                    .int8(Int64(artifact.bytes)),
                ])
        }
    }

    /// Refuses an upload that would be too much, before its bytes are stored.
    public func checkRoom(for artifact: OwnedArtifact, of tenant: TenantID) async throws(StoreError) {
        try await transaction { connection in try ArtifactOwners.checkQuota(connection, artifact, tenant) }
    }

    /// Whether a tenant, or anybody if `nil`, has uploaded an artifact.
    public func owns(_ digest: String, tenant: TenantID?) async throws(StoreError) -> Bool {
        try await run { connection in
            try connection.query(
                "SELECT FROM artifact_owner WHERE digest = $1 AND ($2::int IS NULL OR tenant = $2) LIMIT 1",
                [.bytea(Hexadecimal.bytes(digest)), .optional(tenant) { .int4($0.rawValue) }]
            ).isEmpty == false
        }
    }

    /// The images that those of the jobs made which are a tenant's, and succeeded.
    public func images(of jobs: [JobID], tenant: TenantID) async throws(StoreError) -> [JobID: String] {
        try await run { connection in
            let rows = try connection.query(
                """
                SELECT d.id, d.image FROM job_done d JOIN batch b ON b.id = d.batch_id
                WHERE d.id = ANY($1) AND d.state = 1 AND b.tenant = $2
                """, [.int8Array(jobs.map(\.rawValue)), .int4(tenant.rawValue)])
            var images: [JobID: String] = [:]
            for row in rows { images[JobID(try row.int64(0))] = Hexadecimal.text(try row.bytes(1)) }
            return images
        }
    }

    /// Gives an artifact up: it counts no longer, and cannot be named in new lines.
    ///
    /// The bytes stay, for jobs that name them already.
    /// - Returns: False where the tenant had not uploaded it.
    public func disown(_ digest: String, by tenant: TenantID) async throws(StoreError) -> Bool {
        try await run { connection in
            try connection.query(
                "DELETE FROM artifact_owner WHERE tenant = $1 AND digest = $2",
                [.int4(tenant.rawValue), .bytea(Hexadecimal.bytes(digest))]
            ).affectedCount > 0
        }
    }
}

/// Who may name which artifacts.
enum ArtifactOwners {
    /// Jobs of a tenant, the latest, among whose images and codes an artifact is looked for that was not uploaded: an
    /// index on them would cost every job that is recorded.
    private static let jobsLookedAt = 200_000

    static func checkQuota(
        _ connection: isolated PostgresConnection, _ artifact: OwnedArtifact, _ tenant: TenantID
    ) throws {
        let rows = try connection.query(
            "SELECT max_artifact_bytes FROM tenant WHERE id = $1 AND max_artifact_bytes IS NOT NULL FOR UPDATE",
            [.int4(tenant.rawValue)])
        guard let limit = try rows.first?.int(0) else { return }
        // A statement of its own, which sees what was committed while this one waited for the lock.
        let held = try connection.query(
            "SELECT coalesce(sum(bytes), 0)::bigint FROM artifact_owner WHERE tenant = $1 AND digest <> $2",
            [.int4(tenant.rawValue), .bytea(Hexadecimal.bytes(artifact.digest))])[0].int(0)
        guard held + artifact.bytes > limit else { return }
        throw StoreError(
            .quotaExceeded,
            "the tenant may have \(limit) bytes of uploaded artifacts, has \(held), and this would add "
                + "\(artifact.bytes); give some up, or ask an administrator for a higher limit")
    }

    /// Those of the artifacts that a tenant may name.
    static func known(
        _ connection: isolated PostgresConnection, _ digests: Set<String>, to tenant: TenantID
    ) throws -> Set<String> {
        let rows = try connection.query(
            "SELECT digest FROM artifact_owner WHERE tenant = $1 AND digest = ANY($2)",
            [.int4(tenant.rawValue), .byteaArray(digests.sorted().map(Hexadecimal.bytes))])
        return Set(try rows.map { Hexadecimal.text(try $0.bytes(0)) })
    }

    /// Those of the artifacts that the latest jobs of a tenant have made, noted so that they are found at once next time.
    static func claimMade(
        _ connection: isolated PostgresConnection, _ digests: Set<String>, for tenant: TenantID
    ) throws -> Set<String> {
        let wanted = digests.sorted().map(Hexadecimal.bytes)
        var missing = digests
        var seen = 0
        let blocks = try connection.query(
            """
            SELECT k.base, k.base + k.count FROM batch_block k JOIN batch b ON b.id = k.batch_id
            WHERE b.tenant = $1 AND b.state <> 4 ORDER BY k.base DESC LIMIT 1000
            """, [.int4(tenant.rawValue)])
        for block in blocks where seen < jobsLookedAt && !missing.isEmpty {
            let (first, end) = (try block.int64(0), try block.int64(1))
            seen += Int(end - first)
            let rows = try connection.query(
                """
                SELECT image, code FROM job_done
                WHERE id >= $1 AND id < $2 AND (image = ANY($3) OR code = ANY($3))
                """, [.int8(max(first, end - Int64(jobsLookedAt))), .int8(end), .byteaArray(wanted)])
            for row in rows {
                missing.remove(Hexadecimal.text(try row.bytes(0)))
                missing.remove(Hexadecimal.text(try row.bytes(1)))
            }
        }
        let made = digests.subtracting(missing)
        guard !made.isEmpty else { return [] }
        try connection.query(
            """
            INSERT INTO artifact_owner (tenant, digest, kind, bytes) SELECT $1, d, 'made', 0 FROM unnest($2::bytea[]) AS d
            ON CONFLICT DO NOTHING
            """, [.int4(tenant.rawValue), .byteaArray(made.sorted().map(Hexadecimal.bytes))])
        return made
    }
}
