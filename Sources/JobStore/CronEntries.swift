public import Jobs
public import Postgres

/// Finds the rules of a time zone by its name; `nil` where there is no such zone.
public typealias ZoneLookup = @Sendable (_ name: String) -> ZoneOffset?

/// A cron entry that was added or replaced.
public struct PutCron: Sendable {
    /// The entry.
    public var entry: CronRecord
    /// Whether there was none of its name before.
    public var isNew: Bool
}

extension JobStore {
    // Every method takes the present from PostgreSQL's clock, unless a test brings a moment of its own.

    /// Adds an entry or replaces the one of its name.
    ///
    /// A replaced entry stays paused if it was; its seed begins anew, and its last error is forgotten.
    /// - Parameters:
    ///   - specification: What it makes, and when.
    ///   - tenant: Whose it is; entries of different tenants may have the same name.
    ///   - zone: The rules of its time zone.
    ///   - moment: The present; PostgreSQL's clock where it is `nil`.
    public func putCron(
        _ specification: CronSpecification, of tenant: TenantID = .everybody, zone: @escaping ZoneOffset,
        at moment: PostgresTimestamp? = nil
    ) async throws(StoreError) -> PutCron {
        try await transaction { connection in
            // One at a time, so that the number of entries keeps its limit.
            try connection.query("SELECT pg_advisory_xact_lock(7283343, 0)")
            let counts = try connection.query(
                "SELECT count(*), count(*) FILTER (WHERE name = $1) FROM cron WHERE tenant = $2",
                [.text(specification.name), .int4(tenant.rawValue)])[0]
            let isNew = try counts.int(1) == 0
            guard try !isNew || counts.int(0) < CronSpecification.maximumEntries else {
                throw StoreError(
                    .tooManyCronEntries,
                    "there are \(CronSpecification.maximumEntries) cron entries already; remove one first")
            }
            let now = try Self.present(connection, moment).unixSeconds
            let next = specification.expression.next(after: now, in: zone)
            try Self.write(connection, specification, of: tenant, next: next)
            return PutCron(entry: try Self.requireCron(connection, specification.name, tenant), isNew: isNew)
        }
    }

    /// One entry, with its captions.
    public func cron(_ name: String, of tenant: TenantID = .everybody) async throws(StoreError) -> CronRecord {
        try await run { connection in try Self.requireCron(connection, name, tenant) }
    }

    /// Every entry, by name, without captions; at most 10,000 of all tenants together.
    /// - Parameter tenant: Only entries of this one; of all if `nil`.
    public func cronEntries(of tenant: TenantID? = nil) async throws(StoreError) -> [CronRecord] {
        try await run { connection in
            try connection.query(
                CronRow.list + " WHERE $1::int IS NULL OR tenant = $1 ORDER BY name, tenant LIMIT 10000",
                [.optional(tenant) { .int4($0.rawValue) }]
            ).map { try CronRow.decode($0, hasItems: false) }
        }
    }

    /// Removes an entry; the batches that it made stay.
    /// - Returns: The entry as it was.
    public func removeCron(
        _ name: String, of tenant: TenantID = .everybody
    ) async throws(StoreError) -> CronRecord {
        try await transaction { connection in
            let entry = try Self.lockCron(connection, name, tenant)
            try connection.query("DELETE FROM cron WHERE name = $1 AND tenant = $2", Self.key(name, tenant))
            return entry
        }
    }

    /// Keeps an entry from firing until it is resumed.
    ///
    /// Repeating it changes nothing.
    public func pauseCron(
        _ name: String, of tenant: TenantID = .everybody
    ) async throws(StoreError) -> CronRecord {
        try await transaction { connection in
            let entry = try Self.lockCron(connection, name, tenant)
            guard !entry.isPaused else { return entry }
            try connection.query(
                """
                UPDATE cron SET paused = true, next_at = NULL, updated_at = clock_timestamp()
                WHERE name = $1 AND tenant = $2
                """, Self.key(name, tenant))
            return try Self.requireCron(connection, name, tenant)
        }
    }

    /// Lets a paused entry fire again, from now on: what passed meanwhile is not made up for.
    ///
    /// Repeating it changes nothing.
    public func resumeCron(
        _ name: String, of tenant: TenantID = .everybody, zones: ZoneLookup, at moment: PostgresTimestamp? = nil
    ) async throws(StoreError) -> CronRecord {
        try await transaction { connection in
            let entry = try Self.lockCron(connection, name, tenant)
            guard entry.isPaused else { return entry }
            guard let zone = zones(entry.zone) else {
                throw StoreError(.invalidValue, "the time zone \(entry.zone) is not known here; add the entry again")
            }
            let next = entry.expression.next(after: try Self.present(connection, moment).unixSeconds, in: zone)
            try connection.query(
                """
                UPDATE cron SET paused = false, next_at = $3, updated_at = clock_timestamp()
                WHERE name = $1 AND tenant = $2
                """, Self.key(name, tenant) + [Self.timestamp(next)])
            return try Self.requireCron(connection, name, tenant)
        }
    }

    // MARK: Parts

    /// The present by PostgreSQL's clock, which goes on within a transaction, or the moment that a test brought.
    static func present(
        _ connection: isolated PostgresConnection, _ moment: PostgresTimestamp?
    ) throws -> PostgresTimestamp {
        if let moment { return moment }
        return try connection.query("SELECT clock_timestamp()")[0].get(0)
    }

    static func timestamp(_ unixSeconds: Int?) -> PostgresValue {
        .optional(unixSeconds) { .timestamp(PostgresTimestamp(unixSeconds: $0)) }
    }

    /// Locks the row of an entry against firings and changes.
    static func lockCron(
        _ connection: isolated PostgresConnection, _ name: String, _ tenant: TenantID
    ) throws -> CronRecord {
        let rows = try connection.query(
            CronRow.select + " WHERE name = $1 AND tenant = $2 FOR UPDATE", key(name, tenant))
        guard let row = rows.first else { throw noCron(name) }
        return try CronRow.decode(row)
    }

    static func requireCron(
        _ connection: isolated PostgresConnection, _ name: String, _ tenant: TenantID
    ) throws -> CronRecord {
        let rows = try connection.query(CronRow.select + " WHERE name = $1 AND tenant = $2", key(name, tenant))
        guard let row = rows.first else { throw noCron(name) }
        return try CronRow.decode(row)
    }

    /// Name and tenant as the first two parameters.
    static func key(_ name: String, _ tenant: TenantID) -> [PostgresValue] {
        [.text(name), .int4(tenant.rawValue)]
    }

    private static func noCron(_ name: String) -> StoreError {
        StoreError(.notFound, "there is no cron entry “\(name)”; compare the name with those in the list of entries")
    }

    private static func write(
        _ connection: isolated PostgresConnection, _ specification: CronSpecification, of tenant: TenantID, next: Int?
    ) throws {
        let batch = specification.batch
        let schedule = batch.schedule
        try connection.query(
            """
            INSERT INTO cron AS c (name, expression, zone, missed, batch_name, model, samples, seed, priority,
                truncation, fixed_seed, lines, items, next_at, kind, band, weight, unique_key, max_attempts, timeout_ms,
                progress_timeout_ms, tenant, options, truncations, styles)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                $23, $24, $25)
            ON CONFLICT (tenant, name) DO UPDATE SET expression = $2, zone = $3, missed = $4, batch_name = $5, model = $6,
                samples = $7, seed = $8, priority = $9, truncation = $10, fixed_seed = $11, lines = $12, items = $13,
                kind = $15, band = $16, weight = $17, unique_key = $18, max_attempts = $19, timeout_ms = $20,
                progress_timeout_ms = $21, options = $23, truncations = $24, styles = $25,
                next_at = CASE WHEN c.paused THEN NULL ELSE excluded.next_at END,
                last_error = NULL, last_error_at = NULL, updated_at = clock_timestamp()
            """,
            [
                .text(specification.name), .text(specification.expression.text), .text(specification.zone),
                .text(specification.missed.rawValue), .text(batch.name), .text(batch.model),
                .int4(Int32(batch.samples)), .int8(Int64(batch.seed)), .int2(Int16(schedule.priority)),
                .optional(batch.truncation) { .double($0) }, .bool(specification.isSeedFixed),
                .int4(Int32(specification.items.count)), .utf8(specification.encodedItems()), timestamp(next),
                .text(batch.kind.rawValue), .int2(Int16(schedule.band.rawValue)), .int2(Int16(schedule.weight)),
                .optional(schedule.uniqueKey) { .text($0) }, .optional(schedule.maximumAttempts) { .int2(Int16($0)) },
                .milliseconds(schedule.timeout), .milliseconds(schedule.progressTimeout), .int4(tenant.rawValue),
            ] + BatchRow.settings(of: batch))
    }
}
