import Jobs
import Postgres

/// A job whose execution was ended by taking it from `job_live`.
struct TakenJob {
    var lease: Lease
    var batch: BatchID
    var execution: Execution
    /// Attempts that its batch allows; the policy of the coordinator decides where there is none.
    var maximumAttempts: Int?

    /// Takes the executions named by ids $1 and epochs $2.
    static let takeSQL = """
        DELETE FROM job_live l USING unnest($1::bigint[], $2::bigint[]) AS u (id, epoch)
        WHERE l.id = u.id AND l.epoch = u.epoch
        RETURNING l.id, l.epoch, l.batch_id, l.attempt, l.crashes,
            (SELECT b.max_attempts FROM batch b WHERE b.id = l.batch_id)
        """

    /// Takes the jobs whose execution is the one named; others stay as they are.
    static func take(_ connection: isolated PostgresConnection, _ leases: [Lease]) throws -> [TakenJob] {
        try connection.query(
            takeSQL, [.int8Array(leases.map(\.job.rawValue)), .int8Array(leases.map(\.epoch.rawValue))]
        ).map(TakenJob.init)
    }

    /// Reads what ``takeSQL`` returns.
    init(_ row: PostgresRow) throws {
        lease = Lease(job: JobID(try row.int64(0)), epoch: Epoch(try row.int64(1)))
        batch = BatchID(try row.int64(2))
        execution = Execution(epoch: lease.epoch, attempt: try row.int(3), crashes: try row.int(4))
        maximumAttempts = try row.get(5, as: Int16?.self).map { Int($0) }
    }

    /// The policy that holds for the job.
    func policy(_ general: RetryPolicy) -> RetryPolicy {
        var policy = general
        if let maximumAttempts { policy.maximumAttempts = maximumAttempts }
        return policy
    }
}

/// Where taken jobs go, gathered so that each table gets one statement.
struct Settlement {
    /// How an execution ended that did not end its job.
    enum Outcome: Int16 {
        case failed = 1
        case givenBack = 2
        case leaseLost = 3
        case lostWithRedis = 4
    }

    private struct Entry {
        var job: TakenJob
        var attempt: Int
        var crashes: Int
        var worker: Int64?
        var delay: Duration = .zero
        var failure: JobFailure?
        var outcome: Outcome?
    }

    private var ready: [Entry] = []
    private var later: [Entry] = []
    private var failed: [Entry] = []

    /// Sends a job where `action` says; an attempt that was interrupted does not count.
    mutating func add(_ action: JobStateMachine.Action, to job: TakenJob, worker: Int64?) {
        let execution = job.execution
        var entry = Entry(job: job, attempt: execution.attempt - 1, crashes: execution.crashes, worker: worker)
        switch action {
        case .ignore, .noteStart, .noteProgress, .succeed: break
        case .fail(let failure):
            entry.attempt = execution.attempt
            entry.failure = failure
            // The crash that a poisonous job is given up for is its last.
            if failure.code == JobFailure.poisonCode { entry.crashes += 1 }
            failed.append(entry)
        case .retry(let delay, let failure):
            entry.attempt = execution.attempt
            entry.delay = delay
            entry.failure = failure
            entry.outcome = .failed
            later.append(entry)
        case .postpone(let delay):
            entry.delay = delay
            entry.outcome = .givenBack
            if delay > .zero { later.append(entry) } else { ready.append(entry) }
        case .rerun(let crashes):
            entry.crashes = crashes
            entry.outcome = .leaseLost
            ready.append(entry)
        }
    }

    /// Sends a job back whose execution Redis has forgotten.
    mutating func requeue(_ job: TakenJob) {
        let execution = job.execution
        ready.append(
            Entry(
                job: job, attempt: execution.attempt - 1, crashes: execution.crashes, worker: nil,
                outcome: .lostWithRedis))
    }

    /// Writes everything, and says so to the counters.
    func write(_ connection: isolated PostgresConnection, into counters: inout Counters) throws {
        var statements: [PostgresStatement] = []
        if !ready.isEmpty { statements.append(Self.insertReady(ready)) }
        if !later.isEmpty { statements.append(Self.insertLater(later)) }
        if !failed.isEmpty { statements += [Self.insertFailed(failed), Self.insertDeadLetters(failed)] }
        let attempts = (ready + later).filter { $0.outcome != nil }
        if !attempts.isEmpty { statements.append(Self.insertAttempts(attempts)) }
        guard !statements.isEmpty else { return }
        _ = try connection.pipeline(statements)
        for entry in ready {
            counters.change(entry.job.batch) { change in
                change.live -= 1
                change.ready += 1
            }
        }
        for entry in later {
            counters.change(entry.job.batch) { change in
                change.live -= 1
                change.later += 1
            }
        }
        counters.end(failed.map(\.job.lease.job))
        for entry in failed {
            counters.change(entry.job.batch) { change in
                change.live -= 1
                change.failed += 1
            }
        }
    }

    // MARK: Statements

    private static func insertReady(_ entries: [Entry]) -> PostgresStatement {
        PostgresStatement(
            """
            INSERT INTO job_ready (batch_id, id, attempt, crashes)
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[])
            """, place(entries))
    }

    private static func insertLater(_ entries: [Entry]) -> PostgresStatement {
        PostgresStatement(
            """
            INSERT INTO job_later (batch_id, id, attempt, crashes, run_at, why)
            SELECT u.batch_id, u.id, u.attempt, u.crashes, clock_timestamp() + make_interval(secs => u.delay), u.why
            FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[], $5::float8[], $6::smallint[])
                AS u (batch_id, id, attempt, crashes, delay, why)
            """,
            place(entries) + [
                .doubleArray(entries.map(\.delay.seconds)),
                .int2Array(entries.map { $0.outcome == .failed ? 1 : 2 }),
            ])
    }

    private static func insertFailed(_ entries: [Entry]) -> PostgresStatement {
        PostgresStatement(
            """
            INSERT INTO job_done (state, batch_id, id, attempt, crashes, epoch, worker, failure_code, failure_message)
            SELECT 2, * FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[], $5::bigint[],
                $6::bigint[], $7::text[], $8::text[])
            """, place(entries) + history(entries))
    }

    private static func insertDeadLetters(_ entries: [Entry]) -> PostgresStatement {
        PostgresStatement(
            """
            INSERT INTO dead_letter (id, batch_id, tenant, code)
            SELECT u.id, u.batch_id, b.tenant, u.code
            FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS u (id, batch_id, code)
            JOIN batch b ON b.id = u.batch_id
            """,
            [
                .int8Array(entries.map(\.job.lease.job.rawValue)), .int8Array(entries.map(\.job.batch.rawValue)),
                .textArray(entries.map { $0.failure?.code ?? "" }),
            ])
    }

    private static func insertAttempts(_ entries: [Entry]) -> PostgresStatement {
        PostgresStatement(
            """
            INSERT INTO job_attempt (id, attempt, outcome, epoch, worker, code, message)
            SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::bigint[], $5::bigint[], $6::text[],
                $7::text[])
            """,
            [
                .int8Array(entries.map(\.job.lease.job.rawValue)),
                .int2Array(entries.map { Int16(clamping: $0.job.execution.attempt) }),
                .int2Array(entries.map { $0.outcome?.rawValue ?? 0 }),
            ] + history(entries))
    }

    private static func place(_ entries: [Entry]) -> [PostgresValue] {
        [
            .int8Array(entries.map(\.job.batch.rawValue)), .int8Array(entries.map(\.job.lease.job.rawValue)),
            .int2Array(entries.map { Int16(clamping: $0.attempt) }),
            .int2Array(entries.map { Int16(clamping: $0.crashes) }),
        ]
    }

    private static func history(_ entries: [Entry]) -> [PostgresValue] {
        [
            .int8Array(entries.map(\.job.lease.epoch.rawValue)), .nullableInt8Array(entries.map(\.worker)),
            .nullableTextArray(entries.map { $0.failure?.code }),
            .nullableTextArray(entries.map { $0.failure?.message }),
        ]
    }
}
