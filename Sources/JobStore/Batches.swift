public import Jobs
import Postgres

/// A batch that was created now, or earlier under the same idempotency key.
public struct CreatedBatch: Sendable {
    /// The batch.
    public var batch: BatchRecord
    /// Whether it was there already.
    public var isReplay: Bool
}

extension JobStore {
    /// Most bytes of an idempotency key.
    public static let maximumKeyBytes = 255

    /// Creates an open batch.
    /// - Parameters:
    ///   - specification: What all of its jobs have in common; its model must have been announced.
    ///   - key: Makes the call safe to repeat: the same key and specification give the same batch.
    ///   - tenant: Whose batch it is; keys of different tenants have nothing to do with each other.
    ///   - pool: Group of workers that is to run it.
    public func createBatch(
        _ specification: BatchSpecification, idempotencyKey key: String? = nil, tenant: TenantID = .everybody,
        pool: String = WorkerAnnouncement.defaultPool
    ) async throws(StoreError) -> CreatedBatch {
        if let key { try Self.check(key: key) }
        let request = Self.canonical(specification)
        return try await transaction { connection in
            if let key {
                if let batch = try Self.replay(connection, key: key, of: tenant, request: request) {
                    return CreatedBatch(batch: batch, isReplay: true)
                }
            }
            let id = try Self.insertBatch(connection, specification, tenant: tenant, pool: pool)
            if let key {
                try Self.note(connection, key: key, of: tenant, request: request, batch: id)
            }
            return CreatedBatch(batch: try Self.require(connection, id), isReplay: false)
        }
    }

    /// One batch.
    /// - Parameter tenant: Whose batch it has to be; anybody's if `nil`. Others' batches are not found.
    public func batch(_ id: BatchID, of tenant: TenantID? = nil) async throws(StoreError) -> BatchRecord {
        try await run { connection in try Self.require(connection, id, of: tenant) }
    }

    /// Batches, newest first.
    /// - Parameters:
    ///   - cursor: Only batches older than this one.
    ///   - limit: Most entries, 1...1,000.
    ///   - tenant: Only batches of this one; of all if `nil`.
    public func batches(
        before cursor: BatchID? = nil, limit: Int, of tenant: TenantID? = nil
    ) async throws(StoreError) -> Page<BatchRecord, BatchID> {
        let limit = max(1, min(limit, 1_000))
        return try await run { connection in
            let rows = try connection.query(
                BatchRow.select + (tenant == nil ? " WHERE b.id < $1" : " WHERE b.id < $1 AND b.tenant = $3")
                    + " ORDER BY b.id DESC LIMIT $2",
                [.int8(cursor?.rawValue ?? Int64.max), .int8(Int64(limit) + 1)]
                    + (tenant.map { [.int4($0.rawValue)] } ?? []))
            let batches = try rows.prefix(limit).map(BatchRow.decode)
            return Page(elements: batches, next: rows.count > limit ? batches.last?.id : nil)
        }
    }

    /// Ends the upload: the jobs of the batch may run.
    ///
    /// Repeating it changes nothing.
    public func seal(_ id: BatchID, of tenant: TenantID? = nil) async throws(StoreError) -> BatchRecord {
        try await transaction { connection in try Self.seal(connection, id, of: tenant) }
    }

    /// Gives an open batch up: none of its jobs will ever run.
    ///
    /// Repeating it changes nothing.
    public func abandon(_ id: BatchID, of tenant: TenantID? = nil) async throws(StoreError) -> BatchRecord {
        try await transaction { connection in
            let batch = try Self.lock(connection, id, of: tenant)
            switch batch.state {
            case .abandoned: return batch
            case .sealed, .running, .finished, .cancelling, .cancelled: throw Self.notOpen(batch)
            case .open: break
            }
            try connection.query(
                "UPDATE batch SET state = 4, finished_at = clock_timestamp() WHERE id = $1", [.int8(id.rawValue)])
            return try Self.require(connection, id)
        }
    }

    // MARK: Parts

    /// Seals a batch within a transaction.
    static func seal(
        _ connection: isolated PostgresConnection, _ id: BatchID, of tenant: TenantID? = nil
    ) throws -> BatchRecord {
        let batch = try lock(connection, id, of: tenant)
        switch batch.state {
        case .sealed, .running, .finished, .cancelling, .cancelled: return batch
        case .abandoned: throw notOpen(batch)
        case .open: break
        }
        guard batch.items > 0 else {
            throw StoreError(.emptyBatch, "batch \(id) has no items; upload some before sealing it")
        }
        if batch.hasNeeds {
            // Whoever ends a job that this batch needs has done so by now, or will see it sealed.
            try connection.query("SELECT FROM batch_count WHERE id = $1 FOR UPDATE", [.int8(id.rawValue)])
        }
        try connection.query(
            "UPDATE batch SET state = 1, sealed_at = clock_timestamp() WHERE id = $1", [.int8(id.rawValue)])
        if batch.hasNeeds { try settleNeeds(connection, of: id) }
        return try require(connection, id)
    }

    /// Fails the jobs of a batch that was sealed just now which need jobs that have failed before.
    static func settleNeeds(_ connection: isolated PostgresConnection, of id: BatchID) throws {
        // Others wait for the counters that are locked here: no scan of all that has ever ended.
        try connection.preferIndexes()
        let ended = try connection.query(
            """
            SELECT DISTINCT n.needs FROM batch_block k JOIN job_need n ON n.id >= k.base AND n.id < k.base + k.count
            WHERE k.batch_id = $1 AND EXISTS (SELECT FROM job_done d WHERE d.id = n.needs) LIMIT 10000
            """, [.int8(id.rawValue)]
        ).map { try $0.int64(0) }
        guard !ended.isEmpty else { return }
        var needs = NeedSettlement()
        try needs.settle(connection, after: ended)
        _ = try needs.counters.write(connection)
    }

    /// Locks the row of a batch against uploads, sealing and giving up; others' are left alone.
    static func lock(
        _ connection: isolated PostgresConnection, _ id: BatchID, of tenant: TenantID? = nil
    ) throws -> BatchRecord {
        try connection.query(
            "SELECT 1 FROM batch WHERE id = $1 AND ($2::int IS NULL OR tenant = $2) FOR UPDATE",
            [.int8(id.rawValue), .optional(tenant) { .int4($0.rawValue) }])
        return try require(connection, id, of: tenant)
    }

    static func require(
        _ connection: isolated PostgresConnection, _ id: BatchID, of tenant: TenantID? = nil
    ) throws -> BatchRecord {
        let rows = try connection.query(BatchRow.select + " WHERE b.id = $1", [.int8(id.rawValue)])
        let batch = try rows.first.map { try BatchRow.decode($0) }
        guard let batch, tenant == nil || tenant == batch.tenant else {
            throw StoreError(.notFound, "there is no batch \(id)")
        }
        return batch
    }

    static func notOpen(_ batch: BatchRecord) -> StoreError {
        StoreError(
            .batchNotOpen(batch.state), "batch \(batch.id) is \(batch.state.rawValue), not open; create a new batch")
    }

    static func check(key: String) throws(StoreError) {
        guard (1...maximumKeyBytes).contains(key.utf8.count), !key.utf8.contains(0) else {
            throw StoreError(
                .idempotencyMismatch, "an idempotency key has 1 to \(maximumKeyBytes) bytes and no NUL")
        }
    }

    /// The specification as text that is equal for equal ones: no field can hold a newline.
    static func canonical(_ specification: BatchSpecification) -> String {
        let schedule = specification.schedule
        func text(_ value: (some Any)?) -> String { value.map { "\($0)" } ?? "" }
        return [
            specification.name, specification.kind.rawValue, specification.model, "\(specification.samples)",
            "\(specification.seed)", text(specification.truncation), "\(schedule.priority)", schedule.band.name,
            "\(schedule.weight)", text(schedule.startAt?.microseconds), text(schedule.expiresAt?.microseconds),
            text(schedule.uniqueKey), text(schedule.maximumAttempts), text(schedule.timeout),
            text(schedule.progressTimeout),
            // As before there were any where there are none: keys are remembered over an upgrade.
        ].joined(separator: "\n") + settings(of: specification)
    }

    private static func settings(of specification: BatchSpecification) -> String {
        let hasNone =
            specification.options.isEmpty && specification.truncations.isEmpty && specification.styles.isEmpty
            && specification.after == nil
        guard !hasNone else { return "" }
        return [
            "", String(decoding: specification.options.encoded(), as: UTF8.self), "\(specification.truncations)",
            "\(specification.styles)", specification.after.map { "\($0)" } ?? "",
        ].joined(separator: "\n")
    }

    /// The batch that a key stands for; `nil` where the key is new.
    ///
    /// Keeps others with the same key out until the transaction ends: somebody who is turned away asks again a moment
    /// later and then finds what the first one made.
    static func replay(
        _ connection: isolated PostgresConnection, key: String, of tenant: TenantID, request: String
    ) throws -> BatchRecord? {
        let isOurs = try connection.query(
            "SELECT pg_try_advisory_xact_lock(7283342, hashtext($1))", [.text("\(tenant) \(key)")])[0].bool(0)
        guard isOurs else {
            throw StoreError(
                .idempotencyConflict,
                "a request with this idempotency key is under way; ask again in a moment to see what came of it")
        }
        let rows = try connection.query(
            "SELECT request, batch_id FROM idem WHERE tenant = $1 AND key = $2", [.int4(tenant.rawValue), .text(key)])
        guard let row = rows.first else { return nil }
        guard try row.string(0) == request else {
            throw StoreError(
                .idempotencyMismatch,
                "the idempotency key was used for another batch before; use a new key for a new batch")
        }
        return try require(connection, BatchID(try row.int64(1)))
    }

    /// Notes what came of a key.
    static func note(
        _ connection: isolated PostgresConnection, key: String, of tenant: TenantID, request: String, batch: BatchID
    ) throws {
        try connection.query(
            "INSERT INTO idem (tenant, key, request, batch_id) VALUES ($1, $2, $3, $4)",
            [.int4(tenant.rawValue), .text(key), .text(request), .int8(batch.rawValue)])
    }

    /// The model of a batch, which has to do its kind of work and what its options ask for.
    @discardableResult
    static func checkKind(
        _ connection: isolated PostgresConnection, _ specification: BatchSpecification
    ) throws -> AnnouncedModel {
        let model = try resolve(connection, specification.model).model
        guard model.kinds.contains(specification.kind) else {
            let kinds = model.kinds.map(\.rawValue).joined(separator: ", ")
            throw StoreError(
                .unknownModel,
                "the model “\(model.name)” does no “\(specification.kind.rawValue)”, only \(kinds); choose another")
        }
        try checkAbilities(of: model, specification)
        return model
    }

    /// Inserts an open batch.
    /// - Throws: ``StoreError/Reason/uniqueKeyTaken(_:)`` where another batch of the tenant has the key, and is not over.
    static func insertBatch(
        _ connection: isolated PostgresConnection, _ specification: BatchSpecification, tenant: TenantID, pool: String
    ) throws -> BatchID {
        let model = try checkKind(connection, specification)
        let isGated = try isGated(connection, by: specification.after, tenant: tenant)
        let lane = try lane(
            connection, pool: pool, kind: specification.kind.rawValue, model: model.digest,
            band: specification.schedule.band)
        let rows = try connection.query(
            insertSQL,
            parameters(of: specification, tenant: tenant, digest: model.digest, lane: lane)
                + BatchRow.settings(of: specification) + [
                    .optional(specification.after) { .int8($0.rawValue) }, .bool(isGated),
                ])
        if let row = rows.first { return BatchID(try row.int64(0)) }
        throw try uniqueKeyTaken(connection, specification.schedule.uniqueKey ?? "", tenant: tenant)
    }

    /// Whether a batch has to wait for the one that comes first.
    ///
    /// That one cannot come to its end before this transaction does.
    private static func isGated(
        _ connection: isolated PostgresConnection, by after: BatchID?, tenant: TenantID
    ) throws -> Bool {
        guard let after else { return false }
        let rows = try connection.query(
            "SELECT state FROM batch WHERE id = $1 AND tenant = $2 FOR SHARE",
            [.int8(after.rawValue), .int4(tenant.rawValue)])
        guard let row = rows.first else {
            throw StoreError(.notFound, "there is no batch \(after), which is to come first")
        }
        let state = try BatchRow.state(try row.int(0))
        switch state {
        case .finished: return false
        case .open, .sealed, .running: return true
        case .abandoned, .cancelling, .cancelled:
            throw StoreError(
                .wrongState(state), "batch \(after), which is to come first, is \(state.rawValue); name another")
        }
    }

    private static let insertSQL = """
        WITH b AS (
            INSERT INTO batch (name, model, digest, lane, samples, seed, priority, truncation, tenant, kind, band,
                weight, start_at, expires_at, unique_key, max_attempts, timeout_ms, progress_timeout_ms,
                options, truncations, styles, after, gated)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                $22, $23)
            ON CONFLICT (tenant, unique_key) WHERE unique_key IS NOT NULL AND state IN (0, 1, 2, 5) DO NOTHING
            RETURNING id
        )
        INSERT INTO batch_count (id) SELECT id FROM b RETURNING id
        """

    private static func parameters(
        of specification: BatchSpecification, tenant: TenantID, digest: String, lane: LaneID
    ) -> [PostgresValue] {
        let schedule = specification.schedule
        return [
            .text(specification.name), .text(specification.model), .text(digest), .int4(Int32(lane.rawValue)),
            .int4(Int32(specification.samples)), .int8(Int64(specification.seed)), .int2(Int16(schedule.priority)),
            .optional(specification.truncation) { .double($0) }, .int4(tenant.rawValue),
            .text(specification.kind.rawValue), .int2(Int16(schedule.band.rawValue)), .int2(Int16(schedule.weight)),
            .time(schedule.startAt), .time(schedule.expiresAt), .optional(schedule.uniqueKey) { .text($0) },
            .optional(schedule.maximumAttempts) { .int2(Int16($0)) }, .milliseconds(schedule.timeout),
            .milliseconds(schedule.progressTimeout),
        ]
    }

    private static func uniqueKeyTaken(
        _ connection: isolated PostgresConnection, _ key: String, tenant: TenantID
    ) throws -> StoreError {
        let rows = try connection.query(
            "SELECT id FROM batch WHERE tenant = $1 AND unique_key = $2 AND state IN (0, 1, 2, 5)",
            [.int4(tenant.rawValue), .text(key)])
        guard let row = rows.first else {
            return StoreError(.unavailable, "a batch with the same unique key ended at this moment; try again")
        }
        let id = BatchID(try row.int64(0))
        return StoreError(
            .uniqueKeyTaken(id), "batch \(id) has the same unique key and is not over; wait for it, or cancel it")
    }
}
