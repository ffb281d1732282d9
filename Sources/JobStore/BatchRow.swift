import Jobs
import Postgres

/// The columns of a batch and how they are read.
enum BatchRow {
    static let select = """
        SELECT b.id, b.name, b.model, b.digest, b.lane, b.samples, b.seed, b.priority, b.truncation, b.state, b.items,
            b.created_at, b.sealed_at, b.finished_at,
            c.ready + c.later, c.live, c.succeeded, c.failed, c.cancelled, c.bytes,
            b.kind, b.band, b.weight, b.start_at, b.expires_at, b.unique_key, b.max_attempts, b.timeout_ms,
            b.progress_timeout_ms, b.tenant, b.paused, b.retry_of, b.ended_because, c.later,
            b.start_at > clock_timestamp(), b.options, b.truncations, b.styles, b.after, b.gated, b.has_needs
        FROM batch b JOIN batch_count c USING (id)
        """

    static func decode(_ row: PostgresRow) throws -> BatchRecord {
        let counts = BatchCounts(
            queued: try row.int(14), running: try row.int(15), succeeded: try row.int(16), failed: try row.int(17),
            cancelled: try row.int(18))
        return BatchRecord(
            id: BatchID(try row.int64(0)), tenant: TenantID(try row.int32(29)), specification: try specification(row),
            modelDigest: try row.string(3), lane: LaneID(try row.int64(4)), state: try state(try row.int(9)),
            isPaused: try row.bool(30), items: try row.int(10), counts: counts, waitingForRetry: try row.int(33),
            imageBytes: try row.int(19), createdAt: try row.get(11), sealedAt: try row.get(12),
            finishedAt: try row.get(13), retryOf: try row.get(31, as: Int64?.self).map(BatchID.init(_:)),
            endedBecause: try row.get(32), startsLater: try row.get(34, as: Bool?.self) ?? false,
            isGated: try row.bool(39), hasNeeds: try row.bool(40))
    }

    private static func specification(_ row: PostgresRow) throws -> BatchSpecification {
        let kind = try row.string(20)
        guard let kind = JobKind(rawValue: kind) else {
            throw StoreError(.unexpected, "a batch is of the unknown kind “\(kind)”; a newer build has made it")
        }
        return try BatchSpecification(
            name: try row.string(1), kind: kind, model: try row.string(2), samples: try row.int(5),
            seed: UInt64(try row.int64(6)), truncation: try row.get(8, as: Double?.self), schedule: try schedule(row),
            options: try options(row, 35), truncations: try row.get(36, as: [Double]?.self) ?? [],
            styles: try styles(row, 37), after: try row.get(38, as: Int64?.self).map { BatchID($0) })
    }

    /// Options that are kept as JSON; none where the column is NULL.
    static func options(_ row: PostgresRow, _ column: Int) throws -> JobOptions {
        try row.isNull(column) ? .none : JobOptions(decoding: try row.bytes(column))
    }

    /// Seeds of styles; none where the column is NULL.
    static func styles(_ row: PostgresRow, _ column: Int) throws -> [UInt64] {
        (try row.get(column, as: [Int64]?.self) ?? []).map { UInt64(bitPattern: $0) }
    }

    /// Options, truncations and styles as parameters, in this order.
    static func settings(of specification: BatchSpecification) -> [PostgresValue] {
        [
            specification.options.isEmpty ? .null : .utf8(specification.options.encoded()),
            specification.truncations.isEmpty ? .null : .doubleArray(specification.truncations),
            specification.styles.isEmpty
                ? .null : .int8Array(specification.styles.map { Int64(bitPattern: $0) }),
        ]
    }

    private static func schedule(_ row: PostgresRow) throws -> BatchSchedule {
        BatchSchedule(
            priority: try row.int(7), band: Band(rawValue: try row.int(21)) ?? .bulk, weight: try row.int(22),
            startAt: try row.get(23, as: PostgresTimestamp?.self).map(UnixTime.init(_:)),
            expiresAt: try row.get(24, as: PostgresTimestamp?.self).map(UnixTime.init(_:)), uniqueKey: try row.get(25),
            maximumAttempts: try row.get(26, as: Int16?.self).map { Int($0) },
            timeout: try row.get(27, as: Int64?.self).map { .milliseconds($0) },
            progressTimeout: try row.get(28, as: Int64?.self).map { .milliseconds($0) })
    }

    static func state(_ number: Int) throws -> BatchState {
        switch number {
        case 0: .open
        case 1: .sealed
        case 2: .running
        case 3: .finished
        case 4: .abandoned
        case 5: .cancelling
        case 6: .cancelled
        default: throw StoreError(.unexpected, "a batch has the unknown state \(number)")
        }
    }
}

extension UnixTime {
    /// A moment as PostgreSQL has it.
    init(_ timestamp: PostgresTimestamp) { self.init(microseconds: timestamp.unixMicroseconds) }
}

extension PostgresValue {
    /// A moment as a parameter.
    static func time(_ time: UnixTime?) -> PostgresValue {
        .optional(time) { .timestamp(PostgresTimestamp(unixMicroseconds: $0.microseconds)) }
    }

    /// A duration as a parameter, in whole milliseconds.
    static func milliseconds(_ duration: Duration?) -> PostgresValue {
        .optional(duration) { .int8(Int64(($0.seconds * 1_000).rounded())) }
    }
}
