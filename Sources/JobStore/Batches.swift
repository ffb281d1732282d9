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
    ///   - pool: Group of workers that is to run it.
    public func createBatch(
        _ specification: BatchSpecification, idempotencyKey key: String? = nil,
        pool: String = WorkerAnnouncement.defaultPool
    ) async throws(StoreError) -> CreatedBatch {
        if let key { try Self.check(key: key) }
        let request = Self.canonical(specification)
        return try await transaction { connection in
            if let key {
                if let batch = try Self.replay(connection, key: key, request: request) {
                    return CreatedBatch(batch: batch, isReplay: true)
                }
            }
            let model = try Self.resolve(connection, specification.model).model
            let lane = try Self.lane(connection, pool: pool, model: model.digest)
            let id = try Self.insert(connection, specification, digest: model.digest, lane: lane)
            if let key {
                try Self.note(connection, key: key, request: request, of: id)
            }
            return CreatedBatch(batch: try Self.require(connection, id), isReplay: false)
        }
    }

    /// One batch.
    public func batch(_ id: BatchID) async throws(StoreError) -> BatchRecord {
        try await run { connection in try Self.require(connection, id) }
    }

    /// Batches, newest first.
    /// - Parameters:
    ///   - cursor: Only batches older than this one.
    ///   - limit: Most entries, 1...1,000.
    public func batches(before cursor: BatchID? = nil, limit: Int) async throws(StoreError) -> Page<
        BatchRecord, BatchID
    > {
        let limit = max(1, min(limit, 1_000))
        return try await run { connection in
            let rows = try connection.query(
                BatchRow.select + " WHERE b.id < $1 ORDER BY b.id DESC LIMIT $2",
                [.int8(cursor?.rawValue ?? Int64.max), .int8(Int64(limit) + 1)])
            let batches = try rows.prefix(limit).map(BatchRow.decode)
            return Page(elements: batches, next: rows.count > limit ? batches.last?.id : nil)
        }
    }

    /// Ends the upload: the jobs of the batch may run.
    ///
    /// Repeating it changes nothing.
    public func seal(_ id: BatchID) async throws(StoreError) -> BatchRecord {
        try await transaction { connection in try Self.seal(connection, id) }
    }

    /// Gives an open batch up: none of its jobs will ever run.
    ///
    /// Repeating it changes nothing.
    public func abandon(_ id: BatchID) async throws(StoreError) -> BatchRecord {
        try await transaction { connection in
            let batch = try Self.lock(connection, id)
            switch batch.state {
            case .abandoned: return batch
            case .sealed, .running, .finished: throw Self.notOpen(batch)
            case .open: break
            }
            try connection.query(
                "UPDATE batch SET state = 4, finished_at = clock_timestamp() WHERE id = $1", [.int8(id.rawValue)])
            return try Self.require(connection, id)
        }
    }

    // MARK: Parts

    /// Seals a batch within a transaction.
    static func seal(_ connection: isolated PostgresConnection, _ id: BatchID) throws -> BatchRecord {
        let batch = try lock(connection, id)
        switch batch.state {
        case .sealed, .running, .finished: return batch
        case .abandoned: throw notOpen(batch)
        case .open: break
        }
        guard batch.items > 0 else {
            throw StoreError(.emptyBatch, "batch \(id) has no items; upload some before sealing it")
        }
        try connection.query(
            "UPDATE batch SET state = 1, sealed_at = clock_timestamp() WHERE id = $1", [.int8(id.rawValue)])
        return try require(connection, id)
    }

    /// Locks the row of a batch against uploads, sealing and giving up.
    static func lock(_ connection: isolated PostgresConnection, _ id: BatchID) throws -> BatchRecord {
        try connection.query("SELECT 1 FROM batch WHERE id = $1 FOR UPDATE", [.int8(id.rawValue)])
        return try require(connection, id)
    }

    static func require(_ connection: isolated PostgresConnection, _ id: BatchID) throws -> BatchRecord {
        let rows = try connection.query(BatchRow.select + " WHERE b.id = $1", [.int8(id.rawValue)])
        guard let row = rows.first else { throw StoreError(.notFound, "there is no batch \(id)") }
        return try BatchRow.decode(row)
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
    private static func canonical(_ specification: BatchSpecification) -> String {
        let truncation = specification.truncation.map { "\($0)" } ?? ""
        return [
            specification.name, specification.model, "\(specification.samples)", "\(specification.seed)",
            "\(specification.priority)", truncation,
        ].joined(separator: "\n")
    }

    /// The batch that a key stands for; `nil` where the key is new.
    static func replay(
        _ connection: isolated PostgresConnection, key: String, request: String
    ) throws -> BatchRecord? {
        // Those who bring the same key wait here for each other, and all but the first find what it made.
        try connection.query("SELECT pg_advisory_xact_lock(7283342, hashtext($1))", [.text(key)])
        let rows = try connection.query("SELECT request, batch_id FROM idem WHERE key = $1", [.text(key)])
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
        _ connection: isolated PostgresConnection, key: String, request: String, of batch: BatchID
    ) throws {
        try connection.query(
            "INSERT INTO idem (key, request, batch_id) VALUES ($1, $2, $3)",
            [.text(key), .text(request), .int8(batch.rawValue)])
    }

    /// Writes an open batch.
    static func insert(
        _ connection: isolated PostgresConnection, _ specification: BatchSpecification, digest: String, lane: LaneID
    ) throws -> BatchID {
        let rows = try connection.query(
            """
            WITH b AS (
                INSERT INTO batch (name, model, digest, lane, samples, seed, priority, truncation)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
            )
            INSERT INTO batch_count (id) SELECT id FROM b RETURNING id
            """,
            [
                .text(specification.name), .text(specification.model), .text(digest), .int4(Int32(lane.rawValue)),
                .int4(Int32(specification.samples)), .int8(Int64(specification.seed)),
                .int2(Int16(specification.priority)), .optional(specification.truncation) { .double($0) },
            ])
        return BatchID(try rows[0].int64(0))
    }
}
