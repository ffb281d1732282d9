public import Jobs
public import Postgres

/// How many jobs a tenant may have, and which share of the workers it gets.
public struct TenantLimits: Sendable, Equatable {
    /// Weights that there are.
    public static let weights = 1...1_000
    /// Most jobs that a limit can name.
    public static let maximumLimit = 1_000_000_000

    /// Share of the workers, against that of other tenants: ``weights``.
    public var weight: Int
    /// Jobs that may wait or run; any number if `nil`.
    public var maximumQueued: Int?
    /// Jobs that may be handed out at once; any number if `nil`.
    public var maximumRunning: Int?
    /// Bytes of artifacts that may be uploaded; any number if `nil`.
    public var maximumArtifactBytes: Int?

    /// Sets limits.
    public init(
        weight: Int = 1, maximumQueued: Int? = nil, maximumRunning: Int? = nil, maximumArtifactBytes: Int? = nil
    ) {
        self.maximumArtifactBytes = maximumArtifactBytes
        self.weight = weight
        self.maximumQueued = maximumQueued
        self.maximumRunning = maximumRunning
    }

    fileprivate func check() throws(StoreError) {
        guard Self.weights.contains(weight) else {
            throw StoreError(
                .invalidValue,
                "a weight is a whole number from \(Self.weights.lowerBound) to \(Self.weights.upperBound)")
        }
        for case let limit? in [maximumQueued, maximumRunning] where !(0...Self.maximumLimit).contains(limit) {
            throw StoreError(.invalidValue, "a limit is a whole number from 0 to \(Self.maximumLimit)")
        }
        if let maximumArtifactBytes, maximumArtifactBytes < 0 {
            throw StoreError(.invalidValue, "a limit of bytes is not negative")
        }
    }

    fileprivate var parameters: [PostgresValue] {
        [
            .int2(Int16(weight)), .optional(maximumQueued) { .int8(Int64($0)) },
            .optional(maximumRunning) { .int4(Int32($0)) }, .optional(maximumArtifactBytes) { .int8(Int64($0)) },
        ]
    }
}

/// A tenant as the store has it.
public struct TenantRecord: Sendable, Equatable {
    /// Identity.
    public var id: TenantID
    /// Its name, no other's.
    public var name: String
    /// What it may have.
    public var limits: TenantLimits
    /// When it was made.
    public var createdAt: PostgresTimestamp
    /// Jobs of it that wait or run.
    public var queued: Int
    /// Jobs of it that are handed out.
    public var running: Int
    /// Bytes of artifacts that it has uploaded and not given up.
    public var artifactBytes: Int
}

extension JobStore {
    /// Name of the tenant of everybody where nobody has to say who they are.
    public static let defaultTenant = "default"
    /// Most tenants.
    public static let maximumTenants = 10_000

    /// Makes a tenant.
    /// - Throws: ``StoreError/Reason/invalidValue`` for a name or limits that will not do, or a name that is taken.
    public func createTenant(
        _ name: String, limits: TenantLimits = TenantLimits()
    ) async throws(StoreError) -> TenantRecord {
        try Self.check(name: name, of: "a tenant")
        try limits.check()
        return try await transaction { connection in
            try connection.query("SELECT pg_advisory_xact_lock(7283344, 1)")
            guard try connection.query("SELECT count(*) FROM tenant")[0].int(0) < Self.maximumTenants else {
                throw StoreError(.invalidValue, "there are \(Self.maximumTenants) tenants already")
            }
            let rows = try connection.query(
                """
                INSERT INTO tenant (weight, max_queued, max_running, max_artifact_bytes, name)
                VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (name) DO NOTHING RETURNING id
                """, limits.parameters + [.text(name)])
            guard !rows.isEmpty else {
                throw StoreError(.invalidValue, "there is a tenant “\(name)” already; change its limits instead")
            }
            return try Self.requireTenant(connection, named: name)
        }
    }

    /// Every tenant, in the order in which they were made.
    public func tenants() async throws(StoreError) -> [TenantRecord] {
        try await run { connection in
            try connection.query(
                Self.selectTenants + " ORDER BY t.id LIMIT $1", [.int8(Int64(Self.maximumTenants))]
            ).map { try Self.decodeTenant($0) }
        }
    }

    /// The tenant of a name.
    public func tenant(named name: String) async throws(StoreError) -> TenantRecord {
        try await run { connection in try Self.requireTenant(connection, named: name) }
    }

    /// Gives a tenant other limits; what it has beyond them stays.
    public func setLimits(_ limits: TenantLimits, of name: String) async throws(StoreError) -> TenantRecord {
        try limits.check()
        return try await run { connection in
            try connection.query(
                """
                UPDATE tenant SET weight = $1, max_queued = $2, max_running = $3, max_artifact_bytes = $4
                WHERE name = $5
                """,
                limits.parameters + [.text(name)])
            return try Self.requireTenant(connection, named: name)
        }
    }

    // MARK: Parts

    private static let selectTenants = """
        SELECT t.id, t.name, t.weight, t.max_queued, t.max_running, t.created_at, c.queued, c.running,
            t.max_artifact_bytes,
            (SELECT coalesce(sum(o.bytes), 0)::bigint FROM artifact_owner o WHERE o.tenant = t.id)
        FROM tenant t CROSS JOIN LATERAL (
            SELECT coalesce(sum(c.ready + c.later + c.live), 0)::bigint AS queued,
                coalesce(sum(c.live), 0)::bigint AS running
            FROM batch b JOIN batch_count c USING (id) WHERE b.tenant = t.id AND b.state IN (0, 1, 2)
        ) c
        """

    private static func decodeTenant(_ row: PostgresRow) throws -> TenantRecord {
        TenantRecord(
            id: TenantID(try row.int32(0)), name: try row.string(1),
            limits: TenantLimits(
                weight: try row.int(2), maximumQueued: try row.get(3, as: Int64?.self).map { Int($0) },
                maximumRunning: try row.get(4, as: Int32?.self).map { Int($0) },
                maximumArtifactBytes: try row.get(8, as: Int64?.self).map { Int($0) }),
            createdAt: try row.get(5), queued: try row.int(6), running: try row.int(7),
            artifactBytes: try row.int(9))
    }

    static func requireTenant(
        _ connection: isolated PostgresConnection, named name: String
    ) throws -> TenantRecord {
        guard let row = try connection.query(selectTenants + " WHERE t.name = $1", [.text(name)]).first else {
            throw StoreError(.notFound, "there is no tenant “\(name)”")
        }
        return try decodeTenant(row)
    }
}
