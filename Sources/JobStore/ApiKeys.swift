public import Jobs
public import Postgres

/// An API key as the store has it: everything but the secret.
public struct ApiKeyRecord: Sendable, Equatable {
    /// What it is called by.
    public var id: Int32
    /// Its name, for people.
    public var name: String
    /// Whose it is.
    public var tenant: TenantID
    /// The name of that tenant.
    public var tenantName: String
    /// What it allows, without what that implies.
    public var scopes: Set<Scope>
    /// When it was made.
    public var createdAt: PostgresTimestamp
    /// From when on it counts for nothing.
    public var expiresAt: PostgresTimestamp?
    /// Since when it counts for nothing.
    public var revokedAt: PostgresTimestamp?
    /// When it was last used, to the minute.
    public var lastUsedAt: PostgresTimestamp?
}

/// A key that was made now.
public struct CreatedApiKey: Sendable {
    /// The key.
    public var key: ApiKeyRecord
    /// Its secret, which is to be had now and never again.
    public var secret: ApiKeySecret
}

extension JobStore {
    /// Most bytes of the name of a key or a tenant.
    public static let maximumNameBytes = 128
    /// Most keys, the revoked ones included.
    public static let maximumKeys = 10_000

    /// Makes a key.
    /// - Parameters:
    ///   - name: For people; 1 to ``maximumNameBytes`` bytes.
    ///   - tenant: Name of the tenant that it acts for.
    ///   - scopes: What it allows; at least one.
    ///   - lifetime: How long it counts; for ever if `nil`.
    /// - Throws: ``StoreError/Reason/invalidValue`` for a name or scopes that will not do,
    ///   ``StoreError/Reason/notFound`` for a tenant that there is not.
    public func createKey(
        name: String, tenant: String, scopes: Set<Scope>, lifetime: Duration? = nil
    ) async throws(StoreError) -> CreatedApiKey {
        try Self.check(name: name, of: "a key")
        guard !scopes.isEmpty else { throw StoreError(.invalidValue, "a key without a scope is of no use; give one") }
        let secret = ApiKeySecret()
        return try await transaction { connection in
            let tenant = try Self.requireTenant(connection, named: tenant)
            // One at a time, so that the number of keys keeps its limit.
            try connection.query("SELECT pg_advisory_xact_lock(7283344, 0)")
            guard try connection.query("SELECT count(*) FROM api_key")[0].int(0) < Self.maximumKeys else {
                throw StoreError(.invalidValue, "there are \(Self.maximumKeys) keys already; no more can be made")
            }
            let rows = try connection.query(
                """
                INSERT INTO api_key (hash, name, tenant, scopes, expires_at)
                VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5)) RETURNING id
                """,
                [
                    .bytea(secret.hash), .text(name), .int4(tenant.id.rawValue),
                    .textArray(scopes.map(\.rawValue).sorted()),
                    .optional(lifetime) { .double(Double($0.components.seconds)) },
                ])
            let key = try Self.requireKey(connection, try rows[0].int32(0))
            return CreatedApiKey(key: key, secret: secret)
        }
    }

    /// The key with a secret, as long as it counts; `nil` if it is unknown, revoked or has expired.
    ///
    /// One look-up by the hash, whatever the secret. Notes that the key is in use, at most once a minute.
    public func key(of secret: ApiKeySecret) async throws(StoreError) -> ApiKeyRecord? {
        let hash: [PostgresValue] = [.bytea(secret.hash)]
        return try await run { connection in
            let rows = try connection.query(
                Self.selectKeys
                    + """
                     WHERE k.hash = $1 AND k.revoked_at IS NULL
                        AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
                    """, hash)
            guard let key = try rows.first.map({ try Self.decodeKey($0) }) else { return nil }
            if try rows[0].bool(9) {
                try connection.query("UPDATE api_key SET last_used_at = clock_timestamp() WHERE hash = $1", hash)
            }
            return key
        }
    }

    /// Every key, in the order in which they were made.
    public func keys() async throws(StoreError) -> [ApiKeyRecord] {
        try await run { connection in
            try connection.query(
                Self.selectKeys + " ORDER BY k.id LIMIT $1", [.int8(Int64(Self.maximumKeys))]
            ).map { try Self.decodeKey($0) }
        }
    }

    /// Takes all force from a key; repeating it changes nothing.
    public func revokeKey(_ id: Int32) async throws(StoreError) -> ApiKeyRecord {
        try await run { connection in
            try connection.query(
                "UPDATE api_key SET revoked_at = clock_timestamp() WHERE id = $1 AND revoked_at IS NULL", [.int4(id)])
            return try Self.requireKey(connection, id)
        }
    }

    // MARK: Parts

    static func check(name: String, of what: String) throws(StoreError) {
        let isPrintable = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard (1...maximumNameBytes).contains(name.utf8.count), isPrintable else {
            throw StoreError(
                .invalidValue, "the name of \(what) has 1 to \(maximumNameBytes) bytes and no control characters")
        }
    }

    private static let selectKeys = """
        SELECT k.id, k.name, k.tenant, t.name, k.scopes, k.created_at, k.expires_at, k.revoked_at, k.last_used_at,
            k.last_used_at IS NULL OR k.last_used_at < clock_timestamp() - interval '1 minute'
        FROM api_key k JOIN tenant t ON t.id = k.tenant
        """

    private static func decodeKey(_ row: PostgresRow) throws -> ApiKeyRecord {
        ApiKeyRecord(
            id: try row.int32(0), name: try row.string(1), tenant: TenantID(try row.int32(2)),
            tenantName: try row.string(3),
            scopes: Set(try row.get(4, as: [String].self).compactMap(Scope.init(rawValue:))),
            createdAt: try row.get(5), expiresAt: try row.get(6), revokedAt: try row.get(7), lastUsedAt: try row.get(8))
    }

    private static func requireKey(_ connection: isolated PostgresConnection, _ id: Int32) throws -> ApiKeyRecord {
        guard let row = try connection.query(selectKeys + " WHERE k.id = $1", [.int4(id)]).first else {
            throw StoreError(.notFound, "there is no key \(id)")
        }
        return try decodeKey(row)
    }
}
