public import Jobs
import Postgres
import Synchronization

extension JobStore {
    /// Facts that one transaction records.
    static let factsPerTransaction = 1_000

    /// Records what workers and the reaper report.
    ///
    /// Acknowledge the facts after this returns, never before. A fact counts once: it must match the epoch of the execution under way. Reported again, or by a worker whose
    /// lease was taken away, it changes nothing and is counted as stale.
    /// - Parameter term: The caller's term, where only the leader may record; ``StoreError/Reason/staleTerm`` where it is
    ///   over. A fact that a worker brings itself is safe with any coordinator: its epoch fences it.
    public func record(_ facts: [Fact], term: Term? = nil) async throws(StoreError) -> RecordReport {
        var report = RecordReport()
        var start = 0
        while start < facts.count {
            let group = Array(facts[start..<min(start + Self.factsPerTransaction, facts.count)])
            report += try await recordGroup(group, term: term)
            start += group.count
        }
        return report
    }

    private func recordGroup(_ facts: [Fact], term: Term?) async throws(StoreError) -> RecordReport {
        let known = memory.withLock { $0.workers }
        let missing = Set(facts.map(\.worker)).filter { known[$0] == nil }
        let policy = policy
        let (report, added) = try await run { connection in
            let added = try Self.workerIDs(connection, of: missing)
            let report = try connection.transaction {
                var recorder = Recorder(workers: known.merging(added) { $1 }, policy: policy)
                if let term { try Self.assertTerm(connection, term) }
                try connection.preferIndexes()
                try recorder.record(connection, facts)
                return try recorder.finish(connection)
            }
            return (report, added)
        }
        memory.withLock { memory in
            // Names are not bounded; forgetting them costs one look-up each.
            if memory.workers.count > 10_000 { memory.workers = [:] }
            memory.workers.merge(added) { $1 }
        }
        return report
    }

    private static func workerIDs(
        _ connection: isolated PostgresConnection, of names: Set<WorkerName>
    ) throws -> [WorkerName: Int32] {
        var ids: [WorkerName: Int32] = [:]
        for name in names.sorted() {
            let row = try connection.query(
                "INSERT INTO worker (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = $1 RETURNING id",
                [.text(name.rawValue)])[0]
            ids[name] = try row.int32(0)
        }
        return ids
    }
}

extension RecordReport {
    static func += (left: inout RecordReport, right: RecordReport) {
        left.succeeded += right.succeeded
        left.failed += right.failed
        left.retried += right.retried
        left.postponed += right.postponed
        left.rerun += right.rerun
        left.started += right.started
        left.stale += right.stale
        left.progressed += right.progressed
        left.finishedBatches += right.finishedBatches
        left.released += right.released
    }
}
