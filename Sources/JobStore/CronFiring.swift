public import Jobs
public import Postgres
import Synchronization

/// A cron entry and the time that it is due at: what a firing is asked for, and compared with.
public struct DueCron: Sendable, Hashable {
    /// The entry.
    public var name: String
    /// The time, which is in the past.
    public var dueAt: PostgresTimestamp
    /// Whose entry it is.
    public var tenant = TenantID.everybody
}

/// What the leader has to do about cron entries.
public struct CronAgenda: Sendable, Equatable {
    /// Entries that are due, the longest overdue first.
    public var due: [DueCron]
    /// Time until the next entry becomes due; `nil` where none will.
    public var wait: Duration?
}

/// What came of a due entry.
public enum CronFiring: Sendable, Equatable {
    /// It made a batch, which is sealed.
    case fired(BatchRecord)
    /// Its time was missed and is left out.
    case skipped
    /// It could not make its batch, for the reason given, and goes on at its next time.
    case failed(String)
    /// Nothing: somebody else fired, changed, paused or removed it meanwhile.
    case gone
}

/// Finds captions that a model cannot draw.
public typealias CronCheck = @Sendable (_ model: AnnouncedModel, _ items: [CaptionItem]) -> [LineError]

extension JobStore {
    /// Most bytes of a noted error.
    static let maximumErrorBytes = 500

    /// Entries that are due, and how long until the next is.
    /// - Parameters:
    ///   - limit: Most entries, 1...1,000.
    ///   - moment: The present; PostgreSQL's clock where it is `nil`.
    public func cronAgenda(
        limit: Int, at moment: PostgresTimestamp? = nil
    ) async throws(StoreError) -> CronAgenda {
        let limit = max(1, min(limit, CronSpecification.maximumEntries))
        return try await run { connection in
            let entries = try connection.query(
                "SELECT name, next_at, tenant FROM cron WHERE next_at IS NOT NULL ORDER BY next_at LIMIT $1",
                [.int8(Int64(limit))]
            ).map { DueCron(name: try $0.string(0), dueAt: try $0.get(1), tenant: TenantID(try $0.int32(2))) }
            let now = try Self.present(connection, moment)
            let due = entries.filter { $0.dueAt <= now }
            let next = entries.first { $0.dueAt > now }
            return CronAgenda(
                due: due,
                wait: next.map { .microseconds($0.dueAt.unixMicroseconds - now.unixMicroseconds) })
        }
    }

    /// Fires a due entry: makes its batch, seals it and sets the entry's next time, or does none of it.
    ///
    /// One transaction compares the time that the entry is due at and sets the next, so a time fires once, however
    /// many leaders and stores try. Where the model is unknown or captions are refused, the entry notes that and goes
    /// on at its next time.
    /// - Parameters:
    ///   - due: The entry and its time, as ``cronAgenda(limit:at:)`` gave it.
    ///   - term: The caller's term; ``StoreError/Reason/staleTerm`` where it is over.
    ///   - zones: Knows the time zones.
    ///   - check: Knows what the model can draw.
    ///   - moment: The present; PostgreSQL's clock where it is `nil`.
    public func fireCron(
        _ due: DueCron, term: Term, zones: ZoneLookup, check: CronCheck, at moment: PostgresTimestamp? = nil
    ) async throws(StoreError) -> CronFiring {
        try await makePartitions()
        return try await transaction { connection in
            try Self.assertTerm(connection, term)
            guard let entry = try Self.take(connection, due) else { return .gone }
            let now = try Self.present(connection, moment)
            guard due.dueAt <= now else { return .gone }
            guard let zone = zones(entry.zone) else {
                let message = "the time zone \(entry.zone) is not known to this coordinator; add the entry again"
                try Self.note(connection, failure: message, of: entry, next: nil, at: now)
                return .failed(message)
            }
            let decision = entry.missed.decide(
                due: due.dueAt.unixSeconds, now: now.unixSeconds, entry.expression, in: zone)
            guard decision.firesFor != nil else {
                try connection.query(
                    "UPDATE cron SET next_at = $3, last_skipped_at = $4 WHERE name = $1 AND tenant = $2",
                    Self.key(entry.name, entry.tenant) + [Self.timestamp(decision.next), .timestamp(now)])
                return .skipped
            }
            do {
                try Self.checkModel(connection, of: entry, check)
            } catch let error as StoreError {
                try Self.note(connection, failure: error.message, of: entry, next: decision.next, at: now)
                return .failed(error.message)
            }
            let batch = try self.launch(connection, entry)
            try Self.note(connection, firing: entry, of: batch.id, at: now)
            try connection.query(
                "UPDATE cron SET next_at = $3 WHERE name = $1 AND tenant = $2",
                Self.key(entry.name, entry.tenant) + [Self.timestamp(decision.next)])
            return .fired(batch)
        }
    }

    /// Notes that a due entry could not fire for a reason that ``fireCron(_:term:zones:check:at:)`` threw, and sets
    /// its next time: no entry may stand in the way of others.
    public func failCron(
        _ due: DueCron, _ message: String, term: Term, zones: ZoneLookup, at moment: PostgresTimestamp? = nil
    ) async throws(StoreError) {
        try await transaction { connection in
            try Self.assertTerm(connection, term)
            // Of this entry nothing is believed but its name and time: reading it may be what failed.
            let row = try connection.query(
                "SELECT expression, zone FROM cron WHERE name = $1 AND tenant = $2 AND next_at = $3 FOR UPDATE",
                Self.key(due.name, due.tenant) + [.timestamp(due.dueAt)]
            ).first
            guard let row else { return }
            let now = try Self.present(connection, moment)
            let expression = try? CronExpression(try row.string(0))
            let next = zones(try row.string(1)).flatMap { expression?.next(after: now.unixSeconds, in: $0) }
            try Self.note(connection, failure: message, ofKey: Self.key(due.name, due.tenant), next: next, at: now)
        }
    }

    /// Fires an entry now, due or not, paused or not; its next time stays.
    ///
    /// Throws ``StoreError/Reason/unknownModel`` or ``StoreError/Reason/badItems(_:)`` where it cannot make its batch.
    /// - Parameters:
    ///   - name: The entry.
    ///   - tenant: Whose it is; the batch is theirs.
    ///   - key: Makes the call safe to repeat: the same key gives the same batch.
    ///   - check: Knows what the model can draw.
    public func fireCronNow(
        _ name: String, of tenant: TenantID = .everybody, idempotencyKey key: String? = nil, check: CronCheck
    ) async throws(StoreError) -> CreatedBatch {
        if let key { try Self.check(key: key) }
        let request = "cron\n\(name)"
        try await makePartitions()
        return try await transaction { connection in
            if let key, let batch = try Self.replay(connection, key: key, of: tenant, request: request) {
                return CreatedBatch(batch: batch, isReplay: true)
            }
            let entry = try Self.lockCron(connection, name, tenant)
            try Self.checkModel(connection, of: entry, check)
            let batch = try self.launch(connection, entry)
            try Self.note(connection, firing: entry, of: batch.id, at: try Self.present(connection, nil))
            if let key { try Self.note(connection, key: key, of: tenant, request: request, batch: batch.id) }
            return CreatedBatch(batch: batch, isReplay: false)
        }
    }

    // MARK: Parts

    /// Locks an entry that is still due at the given time.
    private static func take(_ connection: isolated PostgresConnection, _ due: DueCron) throws -> CronRecord? {
        try connection.query(
            CronRow.select + " WHERE name = $1 AND tenant = $2 AND next_at = $3 FOR UPDATE",
            key(due.name, due.tenant) + [.timestamp(due.dueAt)]
        ).first.map { try CronRow.decode($0) }
    }

    /// Refuses an entry whose model is not known or cannot draw its captions; writes nothing.
    private static func checkModel(
        _ connection: isolated PostgresConnection, of entry: CronRecord, _ check: CronCheck
    ) throws {
        let model = try resolve(connection, entry.batch.model).model
        try Self.check(entry.items ?? [], by: model, check)
    }

    /// Makes and seals the batch of an entry.
    private func launch(
        _ connection: isolated PostgresConnection, _ entry: CronRecord
    ) throws -> BatchRecord {
        let id = try Self.insertBatch(
            connection, entry.batch, tenant: entry.tenant, pool: WorkerAnnouncement.defaultPool)
        _ = try append(connection, Upload(line: 0, items: (entry.items ?? [])[...]), to: id)
        return try Self.seal(connection, id)
    }

    /// Notes a batch with its entry, and the seed of the next.
    private static func note(
        _ connection: isolated PostgresConnection, firing entry: CronRecord, of batch: BatchID,
        at now: PostgresTimestamp
    ) throws {
        let seed = entry.batch.seed
        let next = CronSpecification.seed(after: seed, lines: entry.lines, samples: entry.batch.variants)
        try connection.query(
            """
            UPDATE cron SET last_fired_at = $3, last_batch = $4, seed = $5, last_error = NULL, last_error_at = NULL
            WHERE name = $1 AND tenant = $2
            """,
            key(entry.name, entry.tenant) + [
                .timestamp(now), .int8(batch.rawValue), .int8(Int64(entry.isSeedFixed ? seed : next)),
            ])
    }

    private static func note(
        _ connection: isolated PostgresConnection, failure: String, of entry: CronRecord, next: Int?,
        at now: PostgresTimestamp
    ) throws {
        try note(connection, failure: failure, ofKey: key(entry.name, entry.tenant), next: next, at: now)
    }

    private static func note(
        _ connection: isolated PostgresConnection, failure: String, ofKey key: [PostgresValue], next: Int?,
        at now: PostgresTimestamp
    ) throws {
        try connection.query(
            "UPDATE cron SET next_at = $3, last_error = $4, last_error_at = $5 WHERE name = $1 AND tenant = $2",
            key + [timestamp(next), .text(shortened(failure)), .timestamp(now)])
    }

    /// A message that the column holds: within its limit, and without NUL.
    private static func shortened(_ message: String) -> String {
        var short = String.UnicodeScalarView()
        var bytes = 0
        for scalar in message.unicodeScalars where scalar.value != 0 {
            bytes += UTF8.width(scalar)
            guard bytes <= maximumErrorBytes else { return String(short) + "…" }
            short.append(scalar)
        }
        return String(short)
    }
}
