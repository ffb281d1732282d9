import Jobs

/// One call of the store, or time that passes for something in it.
///
/// Batches, jobs and executions are named by numbers, taken modulo how many there are at that moment: so an operation
/// keeps a meaning when others before it are left out.
enum StoreOperation: Hashable, Sendable {
    case create(BatchPlan)
    case append(batch: Int, offset: Int, count: Int, naming: Naming, needs: [Need])
    case seal(Int)
    case abandon(Int)
    case cancel(Int)
    case pause(Int)
    case resume(Int)
    case setPriority(batch: Int, priority: Int)
    case dispatch(band: Band, limit: Int)
    case record([Report])
    case requeue([Int])
    case promoteDue
    case callBack
    case cancelJob(Int)
    case cancelStep
    case expire
    case endOverdue
    case purge(DeadPlan)
    case requeueDead(DeadPlan)
    case retryFailed(Int)
    case prune
    case sweepNeeds
    case changeLeader
    case useStaleTerm

    // Time that passes.
    case startTimeComes(batch: Int)
    case expiryTimeComes(batch: Int)
    case retryTimesCome
    case becomesOverdue(execution: Int, wholeAttempt: Bool)
    case growsOld(batch: Int)

    /// How the lines of an upload are named.
    enum Naming: Hashable, Sendable {
        case none
        case own
        case clashing
    }

    /// What a line of an upload needs.
    enum Need: Hashable, Sendable {
        case nothing
        /// A job of its owner.
        case job(Int)
        /// The line before.
        case lineBefore
        /// A line of the batch that comes before.
        case after(Int)
    }

    /// A moment that is certain to be past, or certain to be yet to come.
    enum Moment: Hashable, Sendable {
        case past
        case future
    }

    /// A batch to create.
    struct BatchPlan: Hashable, Sendable {
        var tenant = 0
        var key: Int?
        var uniqueKey: Int?
        var samples = 1
        var priority = 0
        var band = Band.bulk
        var weight = 1
        var start: Moment?
        var expiry: Moment?
        var attempts: Int?
        var hasTimeout = false
        var hasProgressTimeout = false
        /// The batch that comes before.
        var after: Int?
    }

    /// What is reported of an execution.
    struct Report: Hashable, Sendable {
        /// The execution; one of a job that does not exist if negative.
        var execution: Int
        var event: Event

        enum Event: Hashable, Sendable {
            case started
            case progress(step: Int, hasCheckpoint: Bool)
            case done
            case failed(retryable: Bool, isPutOff: Bool)
            case snoozed(isPutOff: Bool)
            case lost(begun: Bool)
        }
    }

    /// Which dead letters are meant.
    enum DeadPlan: Hashable, Sendable {
        case ofBatch(Int)
        case ofTenant(Int)
        case poisoned
        case all
    }
}

extension StoreOperation.BatchPlan {
    /// A moment in 1970, and one in 2999.
    private static func time(_ moment: StoreOperation.Moment?, later: Bool) -> UnixTime? {
        switch moment {
        case nil: nil
        case .past: UnixTime(microseconds: later ? 2_000_000 : 1_000_000)
        case .future: UnixTime(microseconds: (later ? 32_472_144_001 : 32_472_144_000) * 1_000_000)
        }
    }

    func specification(after batch: BatchID?) throws -> BatchSpecification {
        try BatchSpecification(
            name: "model", model: "demo", samples: samples,
            schedule: BatchSchedule(
                priority: priority, band: band, weight: weight, startAt: Self.time(start, later: false),
                expiresAt: Self.time(expiry, later: true), uniqueKey: uniqueKey.map { "unique \($0)" },
                maximumAttempts: attempts, timeout: hasTimeout ? .seconds(86_400) : nil,
                progressTimeout: hasProgressTimeout ? .seconds(3_600) : nil),
            after: batch)
    }
}
