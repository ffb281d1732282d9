import Jobs
import Postgres

@testable import JobStore

/// A store and a model of it that do the same, and are compared.
///
/// Many runs share a database, one after the other: each begins with empty tables, all but those that keep what ended,
/// and with a store that has no memory.
struct ModelRun {
    /// Operations between two audits.
    static let auditInterval = 8

    let store: JobStore
    let pool: PostgresPool
    let tenants: [TenantID]
    let lanes: [Band: LaneID]
    /// Jobs and epochs below these are of earlier runs.
    let firstJob: Int64
    var term: Term
    var model = StoreModel()
    var epochsBefore: Epoch
    let start = ContinuousClock.now

    /// Empties the database and takes the lead.
    init(_ fixture: StoreFixture) async throws {
        pool = fixture.pool
        store = JobStore(pool: fixture.pool, policy: StoreModel.policy)
        let (tenants, firstJob, epoch) = try await pool.withConnection { connection in
            try connection.execute(Self.reset)
            let tenants = try connection.query("SELECT id FROM tenant ORDER BY id").map { TenantID(try $0.int32(0)) }
            return (
                tenants, try connection.query("SELECT last_value FROM job_id")[0].int64(0),
                Epoch(try connection.query("SELECT last_value FROM epoch")[0].int64(0))
            )
        }
        (self.tenants, self.firstJob, epochsBefore) = (tenants, firstJob, epoch)
        term = try await Self.lead(store)
        lanes = Dictionary(
            uniqueKeysWithValues: try await store.lanes().filter { $0.kind == JobKind.generate.rawValue }.map {
                ($0.band, $0.id)
            })
    }

    private static let reset = """
        DELETE FROM job_ready; DELETE FROM job_later; DELETE FROM job_live; DELETE FROM job_progress;
        DELETE FROM job_need; DELETE FROM batch_need; DELETE FROM job_again; DELETE FROM dead_letter; DELETE FROM item_key; DELETE FROM idem; DELETE FROM batch_block;
        DELETE FROM batch_count; DELETE FROM batch; UPDATE leader SET expires_at = '-infinity';
        INSERT INTO tenant (name, max_running) VALUES ('limited', 4) ON CONFLICT DO NOTHING;
        """

    private static func lead(_ store: JobStore) async throws -> Term {
        guard let term = try await store.acquireLeadership(holder: "model", ttl: .seconds(3_600)) else {
            throw Disagreement("nobody leads, and yet a new term cannot begin")
        }
        return term
    }

    /// Runs a sequence in a run of its own.
    /// - Returns: What went wrong; nil where store and model agree throughout.
    static func failure(of operations: [StoreOperation], _ fixture: StoreFixture) async -> String? {
        do {
            var run = try await ModelRun(fixture)
            for (index, operation) in operations.enumerated() {
                do {
                    try await run.apply(operation)
                    if index % auditInterval == auditInterval - 1 { try await run.audit() }
                } catch {
                    return "operation \(index + 1), \(operation): \(error)"
                }
            }
            try await run.audit()
            try await run.auditLists()
            return nil
        } catch {
            return "at the end: \(error)"
        }
    }

    /// Ends the term and begins another.
    mutating func changeLeader() async throws {
        try await store.releaseLeadership(holder: "model", term: term)
        term = try await Self.lead(store)
    }

    /// What a call comes to; a failure of the store itself is an error.
    func outcome<Value>(_ body: () async throws(StoreError) -> Value) async throws -> Outcome<Value> {
        do {
            return .value(try await body())
        } catch {
            switch error.reason {
            case .unexpected, .unavailable, .notWritable, .wrongSchema, .unsupportedServer: throw error
            // Which lines are named is a matter of the tests of uploads.
            case .badItems: return .refused(.badItems([]))
            default: return .refused(error.reason)
            }
        }
    }

    func agree<Value: Equatable>(_ expected: Value, _ actual: Value) throws {
        try Disagreement.check(expected == actual, "expected \(expected), got \(actual)")
    }
}
