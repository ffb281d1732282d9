import Jobs
import Postgres

@testable import JobStore

extension ModelRun {
    /// Compares every row that says something with the model.
    func audit() async throws {
        let tables = try await read()
        var places: [Int64: [String]] = [:]
        for answer in tables[0..<5] {
            for row in answer { places[try row.int64(0), default: []].append(try row.string(1)) }
        }
        for (id, job) in model.jobs.sorted(by: { $0.key < $1.key }) {
            let found = places[id.rawValue] ?? []
            try Disagreement.check(
                found == [job.description], "job \(id): expected “\(job.description)”, the tables say \(found)")
        }
        let gone = places.filter { id, found in
            // What ended keeps its row until its partition goes.
            model.jobs[JobID(id)] == nil && found.contains { !$0.contains(" in ") || $0.hasPrefix("live") }
        }
        try Disagreement.check(gone.isEmpty, "jobs of batches that are gone are still about: \(gone)")
        try agree(
            model.deadLetters.map(\.rawValue).sorted(), try tables[5].map { try $0.int64(0) }, "dead letters")
        try agree(expectedBatches(), try tables[6].map { try $0.string(0) }, "batches")
        try agree(expectedProgress(), try tables[7].map { try $0.string(0) }, "progress")
    }

    /// The lists that the store itself makes of the jobs of a batch, one for each state.
    func auditLists() async throws {
        for (number, batch) in model.batches.enumerated() where !batch.isGone {
            let own = model.jobs(of: number)
            for state in JobState.allCases {
                let listed = try await store.jobs(of: batch.id, limit: 1_000, states: [state]).elements
                try agree(own.filter { $0.state == state }.map(\.id), listed.map(\.id), "\(state) of \(batch.id)")
                try Disagreement.check(listed.allSatisfy { $0.state == state }, "a list of \(state) holds others")
            }
            let record = try await store.batch(batch.id)
            try agree(batch.state, record.state)
            try agree(own.count, record.counts.total, "jobs of \(batch.id)")
        }
    }

    private func agree<Value: Equatable>(_ expected: Value, _ actual: Value, _ what: String) throws {
        try Disagreement.check(expected == actual, "\(what): expected \(expected), got \(actual)")
    }

    private func expectedBatches() -> [String] {
        model.batches.enumerated().filter { !$0.element.isGone }.sorted { $0.element.id < $1.element.id }.map {
            number, batch in
            let own = model.jobs(of: number)
            func count(_ state: JobState) -> Int { own.count { $0.state == state } }
            let later = own.count {
                if case .later = $0.place { true } else { $0.place == .waiting }
            }
            return [
                "\(batch.id) is \(batch.state)", "\(batch.isPaused)", "\(batch.isRecalled)", "\(batch.priority)",
                "\(batch.items) lines", "\(count(.queued) - later) ready", "\(later) later",
                "\(count(.running)) live", "\(count(.succeeded)) succeeded", "\(count(.failed)) failed",
                "\(count(.cancelled)) cancelled", "\(count(.succeeded) * 100) bytes", batch.code ?? "no code",
                batch.isGated ? "gated" : "free",
            ].joined(separator: ", ")
        }
    }

    private func expectedProgress() -> [String] {
        model.jobs.values.filter { $0.progress != nil }.sorted { $0.id < $1.id }.map { job in
            let progress = job.progress
            return "\(job.id): \(progress?.step ?? 0), \(progress?.note ?? ""), "
                + "\(job.checkpoint.map { "\($0.step) \($0.digest)" } ?? "no checkpoint")"
        }
    }

    // MARK: Reading

    private func read() async throws -> [PostgresRows] {
        let statements = Self.places.map { PostgresStatement($0, [.int8(firstJob)]) }
        return try await pool.transaction(.snapshot) { connection in
            try connection.execute("SET LOCAL enable_seqscan = off")
            return try connection.pipeline(statements)
        }
    }

    private static let counted = "attempt || ' attempts, ' || crashes || ' crashes'"

    private static let places = [
        // Fresh are those from `next` on that have no other row.
        """
        SELECT j.id, 'fresh' FROM batch_block b JOIN job j ON j.id >= b.next AND j.id < b.base + b.count
        WHERE $1 <= j.id AND NOT EXISTS (SELECT FROM job_done d WHERE d.id = j.id)
        """,
        "SELECT id, 'ready, ' || \(counted) FROM job_ready WHERE id >= $1",
        """
        SELECT id, CASE WHEN why = 3 THEN 'waiting, ' WHEN run_at <= clock_timestamp() THEN 'later, due, '
            ELSE 'later, ' END || \(counted)
        FROM job_later WHERE id >= $1
        """,
        """
        SELECT id, 'live in ' || epoch || CASE WHEN due_at <= clock_timestamp() THEN ', overdue, ' ELSE ', ' END
            || \(counted)
        FROM job_live WHERE id >= $1
        """,
        """
        SELECT id, (ARRAY['succeeded', 'failed', 'cancelled'])[state] || ' in ' || epoch || ', ' || \(counted)
            || ', ' || coalesce(failure_code, 'no code')
        FROM job_done WHERE id >= $1
        """,
        "SELECT id FROM dead_letter WHERE id >= $1 ORDER BY id",
        """
        SELECT b.id || ' is '
            || (ARRAY['open', 'sealed', 'running', 'finished', 'abandoned', 'cancelling', 'cancelled'])[state + 1]
            || concat_ws(', ', '', paused::text, recall::text, priority, items || ' lines', ready || ' ready',
                later || ' later', live || ' live', succeeded || ' succeeded', failed || ' failed',
                cancelled || ' cancelled', bytes || ' bytes', coalesce(ended_because, 'no code'),
                CASE WHEN gated THEN 'gated' ELSE 'free' END)
        FROM batch b JOIN batch_count c USING (id) WHERE $1 >= 0 ORDER BY b.id
        """,
        """
        SELECT id || ': ' || step || ', ' || coalesce(note, '') || ', '
            || coalesce(checkpoint_step || ' ' || encode(checkpoint, 'hex'), 'no checkpoint')
        FROM job_progress WHERE id >= $1 ORDER BY id
        """,
    ]
}
