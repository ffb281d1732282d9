import Jobs

@testable import JobStore

/// What the store should hold after the same operations, in memory and without any of its SQL.
struct StoreModel {
    /// Most jobs that each tenant may have running; any number where nil.
    static let tenantLimits: [Int?] = [nil, 4]
    static let policy = StoreFixture.policy

    var batches: [ModelBatch] = []
    var jobs: [JobID: ModelJob] = [:]
    /// Every execution that was ever handed out.
    var leases: [Lease] = []
    /// Batches by the idempotency key that they were created with, and what was asked for.
    var keys: [ModelKey: (plan: StoreOperation.BatchPlan, batch: Int)] = [:]
    /// Jobs that failed and that nobody has dealt with.
    var deadLetters: Set<JobID> = []
    /// Failed jobs that others need, and their copies.
    var again: [JobID: JobID] = [:]
    /// What jobs have made, be they gone by now.
    var made: [JobID: String] = [:]
    /// How jobs ended that are gone.
    var ended: [JobID: JobState] = [:]
    /// Jobs that were let go, over all.
    var released = 0

    func number(of batch: BatchID) -> Int? { batches.firstIndex { $0.id == batch } }

    /// Jobs of a batch in the order of their ids.
    func jobs(of batch: Int) -> [ModelJob] {
        jobs.values.filter { $0.batch == batch }.sorted { $0.id < $1.id }
    }

    /// Sees to what waits for jobs that have ended, and ends the batches of which no job is left.
    mutating func finish(_ touched: some Sequence<Int>) -> [BatchID] {
        var touched = Set(touched)
        settle(&touched)
        return finishAll(touched)
    }

    private mutating func finishAll(_ touched: Set<Int>) -> [BatchID] {
        var finished: [BatchID] = []
        for batch in Set(touched).sorted() where [.sealed, .running, .cancelling].contains(batches[batch].state) {
            guard jobs(of: batch).allSatisfy(\.isOver) else { continue }
            batches[batch].state = batches[batch].state == .cancelling ? .cancelled : .finished
            finished.append(batches[batch].id)
        }
        openGates()
        return finished
    }
}

/// An idempotency key of a tenant.
struct ModelKey: Hashable {
    var tenant: Int
    var key: Int
}

/// A batch as it should be.
struct ModelBatch {
    var id: BatchID
    var plan: StoreOperation.BatchPlan
    var state = BatchState.open
    var items = 0
    var customIDs: Set<String> = []
    var priority: Int
    var isPaused = false
    var isRecalled = false
    var code: String?
    /// Its place among the batches, of the one that comes before.
    var after: Int?
    /// Whether nothing runs before that one has finished.
    var isGated = false
    /// Batches whose jobs its requests name.
    var ties: Set<Int> = []
    /// Whether its jobs are needed by others, or its requests name any.
    var isNeeded = false
    /// Whether it is long since it was made and lines came.
    var wasIdleForLong = false
    var endedLongAgo = false
    /// Whether it was pruned.
    var isGone = false

    var mayStart: Bool { plan.start != .future }
    var maximumAttempts: Int { plan.attempts ?? StoreModel.policy.maximumAttempts }
}

/// A job as it should be.
struct ModelJob {
    /// The only place that it is in.
    enum Place: Equatable {
        case fresh
        case ready
        case later(isDue: Bool)
        case waiting
        case live(ModelExecution)
        case done(JobState, epoch: Int64, code: String?)
    }

    var id: JobID
    var batch: Int
    var line: Int
    var sample: Int
    var customID: String?
    var payload: [UInt8]
    var place = Place.fresh
    var attempts = 0
    var crashes = 0
    var progress: JobProgress?
    var checkpoint: Checkpoint?
    /// The job that it works on.
    var works: JobID?
    /// That job, while it has not been seen to succeed.
    var need: JobID?

    var isOver: Bool { if case .done = place { true } else { false } }
    var isWaiting: Bool { place == .fresh || place == .ready }

    var execution: ModelExecution? { if case .live(let execution) = place { execution } else { nil } }

    var state: JobState {
        switch place {
        case .fresh, .ready, .later, .waiting: .queued
        case .live: .running
        case .done(let state, _, _): state
        }
    }

    /// The place and what is known there, as the audit reads it from the tables.
    var description: String {
        switch place {
        case .fresh: "fresh"
        case .ready: "ready, \(attempts) attempts, \(crashes) crashes"
        case .waiting: "waiting, \(attempts) attempts, \(crashes) crashes"
        case .later(let isDue): "later\(isDue ? ", due" : ""), \(attempts) attempts, \(crashes) crashes"
        case .live(let execution):
            "live in \(execution.epoch)\(execution.isOverdue ? ", overdue" : ""), \(attempts) attempts, "
                + "\(crashes) crashes"
        case .done(let state, let epoch, let code):
            "\(state) in \(epoch), \(attempts) attempts, \(crashes) crashes, \(code ?? "no code")"
        }
    }
}

/// An execution as it should be.
struct ModelExecution: Equatable {
    var epoch: Epoch
    var isLimited: Bool
    var hasTimeout: Bool
    var hasBegun = false
    var beganLongAgo = false
    var isOverdue = false

    /// A sign of life: what counts from the beginning of the attempt goes on counting.
    mutating func live() {
        hasBegun = true
        isOverdue = beganLongAgo && hasTimeout
    }
}

/// What a call comes to: a value, or a refusal.
enum Outcome<Value: Equatable & Sendable>: Equatable, Sendable {
    case value(Value)
    case refused(StoreError.Reason)
}
