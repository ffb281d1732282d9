import Jobs
import Postgres
import TestServers
import Testing

@testable import JobStore

/// A store over an empty database of its own, with one model announced and a leader in office.
struct StoreFixture: Sendable {
    static let digest = String(repeating: "ab", count: 32)
    static let worker = WorkerName(sanitizing: "worker-1")
    /// No wait between attempts, so that tests need not wait either.
    static let policy = RetryPolicy(firstDelay: .zero, maximumDelay: .zero)

    let store: JobStore
    let pool: PostgresPool
    let term: Term

    static func with<Value: Sendable>(
        policy: RetryPolicy = policy, _ body: @Sendable (StoreFixture) async throws -> Value
    ) async throws -> Value {
        try await TestServers.shared.withDatabase { conninfo in
            let pool = PostgresPool(try PostgresOptions(conninfo), size: 4)
            let store = JobStore(pool: pool, policy: policy)
            _ = try await store.migrate()
            try await store.announce([announcement()])
            let term = try #require(try await store.acquireLeadership(holder: "test", ttl: .seconds(600)))
            do {
                let value = try await body(StoreFixture(store: store, pool: pool, term: term))
                await pool.shutdown()
                return value
            } catch {
                await pool.shutdown()
                throw error
            }
        }
    }

    static func announcement(
        _ name: String = "worker-1", model: String = "demo", digest: String = digest
    ) -> WorkerAnnouncement {
        WorkerAnnouncement(
            name: WorkerName(sanitizing: name), host: "host", version: "1", device: "cpu", capacity: 16,
            models: [
                AnnouncedModel(
                    name: model, digest: digest, resolution: 64, layers: 10, vocabulary: ["a", "woman"],
                    kinds: [.generate, .mix, .optimize], abilities: Set(Ability.allCases).subtracting([.clip]))
            ])
    }

    static func items(_ count: Int, from line: Int = 0) throws -> [CaptionItem] {
        try (line..<line + count).map { try CaptionItem(caption: "face \($0)") }
    }

    /// A sealed batch.
    func batch(
        _ name: String = "batch", lines: Int, samples: Int = 1, priority: Int = 0
    ) async throws -> BatchRecord {
        try await batch(name, lines: lines, samples: samples, schedule: BatchSchedule(priority: priority))
    }

    /// A sealed batch with a schedule.
    func batch(
        _ name: String = "batch", lines: Int, samples: Int = 1, tenant: TenantID = .everybody, schedule: BatchSchedule
    ) async throws -> BatchRecord {
        let specification = try BatchSpecification(name: name, model: "demo", samples: samples, schedule: schedule)
        let id = try await store.createBatch(specification, tenant: tenant).batch.id
        _ = try await store.append(try Self.items(lines), to: id, from: 0)
        return try await store.seal(id)
    }

    /// An open batch of a kind.
    func open(
        _ kind: JobKind = .generate, samples: Int = 1, tenant: TenantID = .everybody, after: BatchID? = nil,
        options: JobOptions = .none, schedule: BatchSchedule = BatchSchedule()
    ) async throws -> BatchRecord {
        try await store.createBatch(
            try BatchSpecification(
                name: "open", kind: kind, model: "demo", samples: samples, schedule: schedule, options: options,
                after: after), tenant: tenant
        ).batch
    }

    /// A line that is drawn after a sketch, which is what a reference names; a plain one where that is nil.
    static func item(_ reference: InputReference?, named name: String? = nil) throws -> CaptionItem {
        try CaptionItem(caption: "face", customID: name, inputs: JobInputs(sketch: reference))
    }

    /// A sealed batch of such lines.
    func chain(
        _ items: [CaptionItem], samples: Int = 1, tenant: TenantID = .everybody, after: BatchID? = nil
    ) async throws -> BatchRecord {
        let batch = try await open(samples: samples, tenant: tenant, after: after)
        _ = try await store.append(items, to: batch.id, from: 0)
        return try await store.seal(batch.id)
    }

    func dispatch(_ limit: Int, of batch: BatchRecord) async throws -> [DispatchedJob] {
        try await store.dispatch(lane: batch.lane, limit: limit, term: term)
    }

    func record(_ event: Fact.Event, of leases: Lease...) async throws -> RecordReport {
        try await store.record(leases.map { Fact(lease: $0, worker: Self.worker, event: event) })
    }

    static func result(_ number: Int = 1) -> JobResult {
        let digits = String(number, radix: 16)
        let digest = String(repeating: "0", count: 64 - digits.count) + digits
        return JobResult(
            imageDigest: digest, bytes: 100, width: 64, height: 64, codeDigest: digest, manifestDigest: digest,
            milliseconds: 5)
    }

    /// A moment in 1970.
    static let past = UnixTime(microseconds: 1_000_000)
    /// A moment in 2999.
    static let future = UnixTime(microseconds: 32_472_144_000 * 1_000_000)

    /// The jobs of a batch, up to 1,000.
    func jobs(of batch: BatchRecord, _ states: JobState...) async throws -> [JobRecord] {
        try await store.jobs(of: batch.id, limit: 1_000, states: Set(states)).elements
    }

    /// Ends batches that are called off.
    /// - Returns: What each step came to.
    func cancelAll() async throws -> [CancelReport] {
        var reports: [CancelReport] = []
        while true {
            let report = try await store.cancelStep(term: term)
            guard report.isMore else { return reports }
            reports.append(report)
        }
    }

    /// Runs a statement that sets times back.
    func pass(_ sql: String, _ id: Int64) async throws {
        _ = try await pool.query(sql, [.int8(id)])
    }

    /// Another tenant.
    func tenant(_ name: String = "other", maximumRunning: Int? = nil) async throws -> TenantID {
        let row = try await pool.query(
            "INSERT INTO tenant (name, max_running) VALUES ($1, $2) RETURNING id",
            [.text(name), .optional(maximumRunning) { .int4(Int32($0)) }])
        return TenantID(try row[0].int32(0))
    }

    /// Asserts that every job is in exactly one place, and that the counters say where.
    func audit(_ location: SourceLocation = #_sourceLocation) async throws {
        let rows = try await pool.query(Self.auditSQL)
        for row in rows {
            let batch = try row.int64(0)
            #expect(try row.int(1) == 0, "batch \(batch): jobs in no place or in several", sourceLocation: location)
            for column in 2..<8 {
                let (counted, found) = (try row.int(column), try row.int(column + 6))
                #expect(
                    counted == found, "batch \(batch): \(rows.columnName(column)) says \(counted), there are \(found)",
                    sourceLocation: location)
            }
        }
    }

    private static let auditSQL = """
        WITH place AS (
            SELECT id, 'ready' AS place FROM job_ready
            UNION ALL SELECT id, 'later' FROM job_later
            UNION ALL SELECT id, 'live' FROM job_live
            UNION ALL SELECT id, 'done' || state FROM job_done
            UNION ALL SELECT j.id, 'ready' FROM job j JOIN batch_block b USING (batch_id)
                WHERE j.id >= b.next AND j.id >= b.base AND j.id < b.base + b.count
                    AND NOT EXISTS (SELECT FROM job_done d WHERE d.id = j.id AND d.state = 3)
        ), placed AS (
            SELECT j.id, j.batch_id, min(p.place) AS place, count(p.place) AS places
            FROM job j LEFT JOIN place p USING (id) GROUP BY j.id, j.batch_id
        )
        SELECT c.id, count(*) FILTER (WHERE p.places <> 1) AS torn,
            c.ready, c.later, c.live, c.succeeded, c.failed, c.cancelled,
            count(*) FILTER (WHERE place = 'ready'), count(*) FILTER (WHERE place = 'later'),
            count(*) FILTER (WHERE place = 'live'), count(*) FILTER (WHERE place = 'done1'),
            count(*) FILTER (WHERE place = 'done2'), count(*) FILTER (WHERE place = 'done3')
        FROM batch_count c JOIN placed p ON p.batch_id = c.id GROUP BY c.id
        """
}

/// The reason of the error that `body` throws; `nil` if it throws none.
func reason(_ body: () async throws -> Void) async -> StoreError.Reason? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? StoreError)?.reason
    }
}
