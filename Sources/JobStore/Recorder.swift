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
        var done: [(Fact, JobResult)] = []
        var others: [Fact] = []
        for fact in facts {
            switch fact.event {
            case .started: started.append(fact)
            case .done(let result): done.append((fact, result))
            case .failed, .snoozed, .lost: others.append(fact)
            }
        }
        report.stale = facts.count
        try noteStarts(connection, started)
        try recordDone(connection, done)
        try recordOthers(connection, others)
    }

    /// Writes the counters, and says what the group came to.
    consuming func finish(_ connection: isolated PostgresConnection) throws -> RecordReport {
        report.finishedBatches = try counters.write(connection)
        return report
    }

    private func worker(_ fact: Fact) -> Int64? {
        workers[fact.worker].map(Int64.init)
    }

    // MARK: Started

    private mutating func noteStarts(_ connection: isolated PostgresConnection, _ facts: [Fact]) throws {
        guard !facts.isEmpty else { return }
        let count = try connection.query(
            """
            UPDATE job_live l SET worker = u.worker, started_at = clock_timestamp()
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS u (id, epoch, worker)
            WHERE l.id = u.id AND l.epoch = u.epoch
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

    // MARK: Done

    /// Ends the executions that succeeded: one statement for all, fenced by id and epoch.
    static let recordDoneSQL = """
        WITH u AS (
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bigint[], $6::bigint[],
                $7::bigint[], $8::bytea[], $9::bytea[], $10::bigint[])
                AS u (id, epoch, worker, image, bytes, width, height, code, manifest, milliseconds)
        ), ended AS (
            DELETE FROM job_live l USING u WHERE l.id = u.id AND l.epoch = u.epoch
            RETURNING l.batch_id, l.attempt, l.crashes, u.*
        ), written AS (
            INSERT INTO job_done (id, epoch, batch_id, state, attempt, crashes, worker, image, bytes, width, height,
                code, manifest, milliseconds)
            SELECT id, epoch, batch_id, 1, attempt, crashes, worker, image, bytes, width, height, code, manifest,
                milliseconds FROM ended
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
            ])
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
        let rows = try TakenJob.take(connection, Array(byLease.keys))
        var settlement = Settlement()
        for job in rows {
            guard let fact = byLease[job.lease] else { continue }
            report.stale -= 1
            let action = JobStateMachine.decide(
                .live(job.execution), fact, policy: policy, jitter: Double.random(in: 0..<1))
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
        case .ignore, .noteStart, .succeed: break
        }
    }
}

/// SHA-256 digests as tables keep them.
enum Hexadecimal {
    /// The bytes of lower-case hexadecimal digits; an odd or foreign one ends the number.
    static func bytes(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        var high: UInt8?
        for digit in text.utf8 {
            guard let value = value(digit) else { break }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    /// Lower-case hexadecimal digits.
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 97...102: digit - 87
        default: nil
        }
    }
}
