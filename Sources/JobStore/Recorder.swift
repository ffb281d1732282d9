import Jobs
import Postgres

/// Records one group of facts within a transaction.
///
/// The hot path, jobs that succeed, is one statement for all of them. The others are taken from `job_live` first, by id
/// and epoch; what becomes of each is decided by ``JobStateMachine``, and written in one statement for each outcome.
struct Recorder {
    private let workers: [WorkerName: Int32]
    private let policy: RetryPolicy
    private var counters = Counters()
    private var report = RecordReport()

    init(workers: [WorkerName: Int32], policy: RetryPolicy) {
        self.workers = workers
        self.policy = policy
    }

    mutating func record(_ connection: isolated PostgresConnection, _ facts: [Fact]) throws {
        var started: [Fact] = []
        var progress: [(Fact, JobProgress)] = []
        var done: [(Fact, JobResult)] = []
        var others: [Fact] = []
        for fact in facts {
            switch fact.event {
            case .started: started.append(fact)
            case .progress(let step): progress.append((fact, step))
            case .done(let result): done.append((fact, result))
            case .failed, .snoozed, .lost: others.append(fact)
            }
        }
        // By id, as whoever calls jobs off: two who lock the same rows must not wait for each other.
        started.sort { $0.lease.job < $1.lease.job }
        done.sort { $0.0.lease.job < $1.0.lease.job }
        report.stale = facts.count
        try noteStarts(connection, started)
        try noteProgress(connection, progress)
        try recordDone(connection, done)
        try recordOthers(connection, others)
    }

    /// Writes the counters, and says what the group came to.
    consuming func finish(_ connection: isolated PostgresConnection) throws -> RecordReport {
        let changes = try counters.write(connection)
        report.finishedBatches = changes.finished
        report.released = changes.released
        return report
    }

    private func worker(_ fact: Fact) -> Int64? {
        workers[fact.worker].map(Int64.init)
    }

    // MARK: Started

    /// Notes executions as under way; one that is reported again goes on from its first start.
    private mutating func noteStarts(_ connection: isolated PostgresConnection, _ facts: [Fact]) throws {
        guard !facts.isEmpty else { return }
        let count = try connection.query(
            """
            UPDATE job_live l SET worker = u.worker, started_at = coalesce(l.started_at, clock_timestamp()),
                due_at = least(
                    coalesce(l.started_at, clock_timestamp()) + make_interval(secs => b.timeout_ms / 1000.0),
                    clock_timestamp() + make_interval(secs => b.progress_timeout_ms / 1000.0))
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS u (id, epoch, worker), batch b
            WHERE l.id = u.id AND l.epoch = u.epoch AND b.id = l.batch_id
            """, columns(facts)
        ).affectedCount
        report.started += count
        report.stale -= count
    }

    private func columns(_ facts: [Fact]) -> [PostgresValue] {
        [
            .int8Array(facts.map(\.lease.job.rawValue)), .int8Array(facts.map(\.lease.epoch.rawValue)),
            .nullableInt8Array(facts.map(worker)),
        ]
    }

    // MARK: Progress

    /// Notes the last report of each execution that counts; a checkpoint, a preview and a curve stay until there is a
    /// later one.
    ///
    /// A report shows that the execution is under way, so it also begins the time that one may take.
    static let noteProgressSQL = """
        WITH u AS (
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],
                $7::bytea[], $8::bigint[], $9::bytea[], $10::bytea[])
                AS u (id, epoch, worker, step, total, note, checkpoint, checkpoint_step, preview, curve)
        ), noted AS (
            UPDATE job_live l SET worker = u.worker, started_at = coalesce(l.started_at, clock_timestamp()),
                due_at = least(
                    coalesce(l.started_at, clock_timestamp()) + make_interval(secs => b.timeout_ms / 1000.0),
                    clock_timestamp() + make_interval(secs => b.progress_timeout_ms / 1000.0))
            FROM u, batch b WHERE l.id = u.id AND l.epoch = u.epoch AND b.id = l.batch_id
            RETURNING u.*
        )
        INSERT INTO job_progress AS p (id, epoch, step, total, note, checkpoint, checkpoint_step, preview, curve)
        SELECT id, epoch, step, total, note, checkpoint, checkpoint_step, preview, curve FROM noted
        ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, step = excluded.step, total = excluded.total,
            note = excluded.note, at = clock_timestamp(), checkpoint = coalesce(excluded.checkpoint, p.checkpoint),
            checkpoint_step = coalesce(excluded.checkpoint_step, p.checkpoint_step),
            preview = coalesce(excluded.preview, p.preview), curve = coalesce(excluded.curve, p.curve)
        RETURNING id, epoch
        """

    private mutating func noteProgress(
        _ connection: isolated PostgresConnection, _ reports: [(fact: Fact, progress: JobProgress)]
    ) throws {
        guard !reports.isEmpty else { return }
        // Of several reports of one execution the last step counts, and the last checkpoint.
        var latest: [Lease: (fact: Fact, progress: JobProgress)] = [:]
        var checkpoints: [Lease: Checkpoint] = [:]
        var previews: [Lease: String] = [:]
        var curves: [Lease: String] = [:]
        for report in reports {
            let lease = report.fact.lease
            if let digest = report.progress.checkpoint {
                checkpoints[lease] = Checkpoint(step: report.progress.step, digest: digest)
            }
            if let preview = report.progress.preview { previews[lease] = preview }
            if let curve = report.progress.curve { curves[lease] = curve }
            latest[lease] = report
        }
        let ordered = latest.values.sorted { $0.fact.lease.job < $1.fact.lease.job }
        let rows = ordered.map(\.fact)
        let progress = ordered.map(\.progress)
        let saved = rows.map { checkpoints[$0.lease] }
        let noted = try connection.query(
            Self.noteProgressSQL,
            columns(rows) + [
                .int8Array(progress.map { Int64($0.step) }), .int8Array(progress.map { Int64($0.total) }),
                .nullableTextArray(progress.map(\.note)),
                .nullableByteaArray(saved.map { $0.map { Hexadecimal.bytes($0.digest) } }),
                .nullableInt8Array(saved.map { $0.map { Int64($0.step) } }),
                .nullableByteaArray(rows.map { previews[$0.lease].map(Hexadecimal.bytes) }),
                .nullableByteaArray(rows.map { curves[$0.lease].map(Hexadecimal.bytes) }),
            ])
        let current = Set(try noted.map { Lease(job: JobID(try $0.int64(0)), epoch: Epoch(try $0.int64(1))) })
        let count = reports.count { current.contains($0.fact.lease) }
        report.progressed += count
        report.stale -= count
    }

    // MARK: Done

    /// Ends the executions that succeeded: one statement for all, fenced by id and epoch.
    static let recordDoneSQL = """
        WITH u AS (
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bigint[], $6::bigint[],
                $7::bigint[], $8::bytea[], $9::bytea[], $10::bigint[], $11::text[])
                AS u (id, epoch, worker, image, bytes, width, height, code, manifest, milliseconds, details)
        ), ended AS (
            DELETE FROM job_live l USING u WHERE l.id = u.id AND l.epoch = u.epoch
            RETURNING l.batch_id, l.attempt, l.crashes, u.*
        ), written AS (
            INSERT INTO job_done (id, epoch, batch_id, state, attempt, crashes, worker, image, bytes, width, height,
                code, manifest, milliseconds, details)
            SELECT id, epoch, batch_id, 1, attempt, crashes, worker, image, bytes, width, height, code, manifest,
                milliseconds, details FROM ended
        )
        SELECT batch_id, count(*), sum(bytes)::bigint FROM ended GROUP BY batch_id
        """

    private mutating func recordDone(
        _ connection: isolated PostgresConnection, _ done: [(fact: Fact, result: JobResult)]
    ) throws {
        guard !done.isEmpty else { return }
        let results = done.map(\.result)
        let rows = try connection.query(
            Self.recordDoneSQL,
            columns(done.map(\.fact)) + [
                .byteaArray(results.map { Hexadecimal.bytes($0.imageDigest) }),
                .int8Array(results.map { Int64($0.bytes) }), .int8Array(results.map { Int64($0.width) }),
                .int8Array(results.map { Int64($0.height) }),
                .byteaArray(results.map { Hexadecimal.bytes($0.codeDigest) }),
                .nullableByteaArray(results.map { $0.manifestDigest.map(Hexadecimal.bytes) }),
                .int8Array(results.map { Int64($0.milliseconds) }),
                .nullableTextArray(
                    results.map { $0.details.isEmpty ? nil : String(decoding: $0.details.encoded(), as: UTF8.self) }),
            ])
        counters.end(done.map(\.fact.lease.job))
        for row in rows {
            let count = try row.int64(1)
            let bytes = try row.int64(2)
            counters.change(BatchID(try row.int64(0))) { change in
                change.live -= count
                change.succeeded += count
                change.bytes += bytes
            }
            report.succeeded += Int(count)
            report.stale -= Int(count)
        }
    }

    // MARK: Everything else

    private mutating func recordOthers(_ connection: isolated PostgresConnection, _ facts: [Fact]) throws {
        guard !facts.isEmpty else { return }
        let byLease = Dictionary(facts.map { ($0.lease, $0) }) { first, _ in first }
        let rows = try TakenJob.take(connection, byLease.keys.sorted { $0.job < $1.job })
        var settlement = Settlement()
        for job in rows {
            guard let fact = byLease[job.lease] else { continue }
            report.stale -= 1
            let action = JobStateMachine.decide(
                .live(job.execution), fact, policy: job.policy(policy), jitter: Double.random(in: 0..<1))
            settlement.add(action, to: job, worker: worker(fact))
            count(action)
        }
        try settlement.write(connection, into: &counters)
    }

    private mutating func count(_ action: JobStateMachine.Action) {
        switch action {
        case .fail: report.failed += 1
        case .retry: report.retried += 1
        case .postpone: report.postponed += 1
        case .rerun: report.rerun += 1
        case .ignore, .noteStart, .noteProgress, .succeed: break
        }
    }
}

/// SHA-256 digests as tables keep them.
enum Hexadecimal {
    /// The bytes of lower-case hexadecimal digits; an odd or foreign one ends the number.
    static func bytes(_ text: String) -> [UInt8] {
        var text = text
        return text.withUTF8 { digits in
            [UInt8](unsafeUninitializedCapacity: digits.count / 2) { bytes, count in
                while 2 * count + 1 < digits.count {
                    guard let high = value(digits[2 * count]), let low = value(digits[2 * count + 1]) else { return }
                    bytes[count] = high << 4 | low
                    count += 1
                }
            }
        }
    }

    /// Lower-case hexadecimal digits.
    static func text(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: 2 * bytes.count) { digits in
            for (index, byte) in bytes.enumerated() {
                digits[2 * index] = digit(byte >> 4)
                digits[2 * index + 1] = digit(byte & 15)
            }
            return 2 * bytes.count
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 97...102: digit - 87
        default: nil
        }
    }
}
