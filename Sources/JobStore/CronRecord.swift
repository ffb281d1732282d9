public import Jobs
public import Postgres

/// A cron entry as the store has it.
public struct CronRecord: Sendable, Equatable {
    /// Whose it is.
    public var tenant: TenantID
    /// Name of that tenant.
    public var tenantName: String
    /// Its name.
    public var name: String
    /// When it fires.
    public var expression: CronExpression
    /// Name of the time zone that the expression is read in.
    public var zone: String
    /// What becomes of times that passed while nobody led.
    public var missed: MissedFirings
    /// Whether every firing has the same seed.
    public var isSeedFixed: Bool
    /// What its batches have in common; the seed is that of the next.
    public var batch: BatchSpecification
    /// How many captions it has.
    public var lines: Int
    /// The captions; `nil` in lists of entries.
    public var items: [CaptionItem]?
    /// Whether it waits for its owner.
    public var isPaused: Bool
    /// When it fires next; `nil` while it is paused, or where no time comes any more.
    public var nextAt: PostgresTimestamp?
    /// When it made its last batch.
    public var lastFiredAt: PostgresTimestamp?
    /// The batch that it made last.
    public var lastBatch: BatchID?
    /// When times were last left out because they had passed while nobody led.
    public var lastSkippedAt: PostgresTimestamp?
    /// Why the last firing made no batch; `nil` where it made one.
    public var lastError: String?
    /// When that was.
    public var lastErrorAt: PostgresTimestamp?
    /// When it was first added.
    public var createdAt: PostgresTimestamp
    /// When its owner last changed it.
    public var updatedAt: PostgresTimestamp
}

/// The columns of a cron entry and how they are read.
enum CronRow {
    /// What stands in lists; with ``items`` behind it, all of an entry.
    static let columns = """
        name, expression, zone, missed, batch_name, model, samples, seed, priority, truncation, fixed_seed, lines,
            paused, next_at, last_fired_at, last_batch, last_skipped_at, last_error, last_error_at, created_at,
            updated_at, kind, band, weight, unique_key, max_attempts, timeout_ms, progress_timeout_ms,
            tenant, (SELECT t.name FROM tenant t WHERE t.id = cron.tenant) AS owner, options, truncations, styles
        """
    static let select = "SELECT \(columns), items FROM cron"
    static let list = "SELECT \(columns) FROM cron"

    static func decode(_ row: PostgresRow, hasItems: Bool = true) throws -> CronRecord {
        guard let kind = JobKind(rawValue: try row.string(21)) else {
            throw StoreError(.unexpected, "a cron entry is of the unknown kind “\(try row.string(21))”")
        }
        let schedule = BatchSchedule(
            priority: try row.int(8), band: Band(rawValue: try row.int(22)) ?? .bulk, weight: try row.int(23),
            uniqueKey: try row.get(24), maximumAttempts: try row.get(25, as: Int16?.self).map { Int($0) },
            timeout: try row.get(26, as: Int64?.self).map { .milliseconds($0) },
            progressTimeout: try row.get(27, as: Int64?.self).map { .milliseconds($0) })
        let batch = try BatchSpecification(
            name: try row.string(4), kind: kind, model: try row.string(5), samples: try row.int(6),
            seed: UInt64(try row.int64(7)), truncation: try row.get(9), schedule: schedule,
            options: try BatchRow.options(row, 30), truncations: try row.get(31, as: [Double]?.self) ?? [],
            styles: try BatchRow.styles(row, 32))
        guard let missed = MissedFirings(rawValue: try row.string(3)) else {
            throw StoreError(.unexpected, "a cron entry has the unknown policy \(try row.string(3))")
        }
        return CronRecord(
            tenant: TenantID(try row.int32(28)), tenantName: try row.string(29), name: try row.string(0),
            expression: try CronExpression(try row.string(1)), zone: try row.string(2), missed: missed,
            isSeedFixed: try row.bool(10), batch: batch, lines: try row.int(11),
            items: hasItems
                ? try CronSpecification.items(decoding: try row.bytes(33), kind: kind, options: batch.options) : nil,
            isPaused: try row.bool(12), nextAt: try row.get(13), lastFiredAt: try row.get(14),
            lastBatch: try row.get(15, as: Int64?.self).map { BatchID($0) }, lastSkippedAt: try row.get(16),
            lastError: try row.get(17), lastErrorAt: try row.get(18), createdAt: try row.get(19),
            updatedAt: try row.get(20))
    }
}

extension PostgresTimestamp {
    /// Whole seconds since 1970-01-01 00:00 UTC, rounded down.
    var unixSeconds: Int {
        let (seconds, rest) = unixMicroseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return Int(rest < 0 ? seconds - 1 : seconds)
    }

    /// A moment of whole seconds since 1970-01-01 00:00 UTC.
    init(unixSeconds: Int) {
        self.init(unixMicroseconds: Int64(unixSeconds) * 1_000_000)
    }
}
