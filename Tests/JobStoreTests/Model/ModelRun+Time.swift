import Jobs
import Postgres

@testable import JobStore

extension ModelRun {
    /// Lets time pass for something: sets the moment back that it waits for.
    mutating func pass(_ operation: StoreOperation) async throws {
        switch operation {
        case .startTimeComes(let pick):
            guard let batch = number(pick), model.batches[batch].plan.start == .future else { return }
            model.batches[batch].plan.start = .past
            try await pool.execute(
                "UPDATE batch SET start_at = 'epoch' WHERE id = $1", [.int8(model.batches[batch].id.rawValue)])
        case .expiryTimeComes(let pick):
            // A batch is never over before it begins.
            guard let batch = number(pick), model.batches[batch].plan.expiry == .future,
                model.batches[batch].plan.start != .future
            else { return }
            model.batches[batch].plan.expiry = .past
            try await pool.execute(
                "UPDATE batch SET expires_at = '1970-01-02' WHERE id = $1", [.int8(model.batches[batch].id.rawValue)])
        case .retryTimesCome:
            for (id, job) in model.jobs where job.place == .later(isDue: false) {
                model.jobs[id]?.place = .later(isDue: true)
            }
            try await pool.execute("UPDATE job_later SET run_at = 'epoch' WHERE why <> 3", [])
        case .becomesOverdue(let pick, let wholeAttempt): try await becomesOverdue(pick, wholeAttempt)
        case .growsOld(let pick):
            guard let batch = number(pick) else { return }
            model.batches[batch].wasIdleForLong = true
            model.batches[batch].endedLongAgo = model.batches[batch].state.isTerminal
            try await pool.execute(
                """
                UPDATE batch SET created_at = 'epoch', uploaded_at = NULL,
                    finished_at = CASE WHEN finished_at IS NOT NULL THEN 'epoch'::timestamptz END
                WHERE id = $1
                """, [.int8(model.batches[batch].id.rawValue)])
        default: break
        }
    }

    private mutating func becomesOverdue(_ pick: Int, _ wholeAttempt: Bool) async throws {
        let lease = lease(pick)
        guard var execution = model.jobs[lease.job]?.execution, execution.epoch == lease.epoch, execution.isLimited,
            execution.hasBegun
        else { return }
        execution.isOverdue = true
        if wholeAttempt { execution.beganLongAgo = true }
        model.jobs[lease.job]?.place = .live(execution)
        try await pool.execute(
            """
            UPDATE job_live SET due_at = 'epoch', started_at = CASE WHEN $3 THEN 'epoch' ELSE started_at END
            WHERE id = $1 AND epoch = $2
            """, [.int8(lease.job.rawValue), .int8(lease.epoch.rawValue), .bool(wholeAttempt)])
    }
}

extension PostgresPool {
    fileprivate func execute(_ sql: String, _ parameters: [PostgresValue]) async throws {
        _ = try await query(sql, parameters)
    }
}
