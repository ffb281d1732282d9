import Jobs

/// Draws sequences of operations; the same seed gives the same sequence.
struct OperationGenerator {
    private var random: SplitMix

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    /// 5 to 40 operations, which begin with a batch or two that can run.
    mutating func operations() -> [StoreOperation] {
        let count = 5 + random.below(36)
        var operations: [StoreOperation] = []
        for number in 0...random.below(3) {
            operations.append(.create(plan()))
            operations.append(append(number, offset: 0, count: 1 + random.below(6)))
            if !random.once(in: 6) { operations.append(.seal(number)) }
        }
        while operations.count < count { operations.append(operation()) }
        return operations
    }

    private mutating func operation() -> StoreOperation {
        switch random.below(100) {
        case 0..<4: .create(plan())
        case 4..<9: append(pick(), offset: random.below(4) - 2, count: random.below(5))
        case 9..<13: .seal(pick())
        case 13: .abandon(pick())
        case 14..<16: .cancel(pick())
        case 16..<18: .pause(pick())
        case 18..<20: .resume(pick())
        case 20..<22: .setPriority(batch: pick(), priority: priority())
        case 22..<38: .dispatch(band: band(), limit: 1 + random.below(8))
        case 38..<62: .record(reports())
        case 62..<65: .requeue((0...random.below(3)).map { _ in pick() })
        case 65..<70: .promoteDue
        case 70..<72: .callBack
        case 72..<76: .cancelJob(pick())
        case 76..<79: .cancelStep
        case 79..<81: .expire
        case 81..<83: .endOverdue
        case 83: .purge(dead())
        case 84: .requeueDead(dead())
        case 85..<87: .retryFailed(pick())
        case 87: random.once(in: 2) ? .prune : .sweepNeeds
        case 88: .changeLeader
        case 89: .useStaleTerm
        case 90..<92: .startTimeComes(batch: pick())
        case 92..<94: .expiryTimeComes(batch: pick())
        case 94..<96: .retryTimesCome
        case 96..<98: .becomesOverdue(execution: pick(), wholeAttempt: random.once(in: 2))
        default: .growsOld(batch: pick())
        }
    }

    private mutating func pick() -> Int { random.below(1_000) }
    private mutating func priority() -> Int { [0, 0, 5, -5, 100, -100][random.below(6)] }
    private mutating func band() -> Band { random.once(in: 5) ? .interactive : .bulk }

    private mutating func append(_ batch: Int, offset: Int, count: Int) -> StoreOperation {
        let isNeedy = random.once(in: 2)
        let needs = (0..<count).map { _ in isNeedy ? need() : .nothing }
        return .append(batch: batch, offset: offset, count: count, naming: naming(), needs: needs)
    }

    private mutating func need() -> StoreOperation.Need {
        switch random.below(6) {
        case 0: .job(pick())
        case 1...2: .lineBefore
        case 3: .after(random.below(4))
        default: .nothing
        }
    }

    private mutating func naming() -> StoreOperation.Naming {
        switch random.below(8) {
        case 0: .clashing
        case 1...3: .own
        default: .none
        }
    }

    private mutating func moment() -> StoreOperation.Moment? {
        switch random.below(8) {
        case 0: .past
        case 1: .future
        default: nil
        }
    }

    private mutating func plan() -> StoreOperation.BatchPlan {
        var plan = StoreOperation.BatchPlan()
        plan.tenant = random.below(2)
        plan.key = random.once(in: 4) ? random.below(2) : nil
        plan.uniqueKey = random.once(in: 4) ? random.below(2) : nil
        plan.samples = 1 + random.below(3)
        plan.priority = priority()
        plan.band = band()
        plan.weight = 1 + random.below(4)
        plan.start = moment()
        plan.expiry = moment()
        // A batch cannot be over before it begins.
        if plan.start == .future, plan.expiry == .past { plan.expiry = .future }
        plan.attempts = random.once(in: 3) ? 1 + random.below(3) : nil
        plan.hasTimeout = random.once(in: 3)
        plan.hasProgressTimeout = random.once(in: 3)
        plan.after = random.once(in: 5) ? pick() : nil
        return plan
    }

    private mutating func dead() -> StoreOperation.DeadPlan {
        switch random.below(5) {
        case 0: .all
        case 1: .poisoned
        case 2: .ofTenant(random.below(2))
        default: .ofBatch(pick())
        }
    }

    private mutating func reports() -> [StoreOperation.Report] {
        var reports: [StoreOperation.Report] = []
        for _ in 0...random.below(5) {
            let report = StoreOperation.Report(execution: random.once(in: 20) ? -1 : pick(), event: event())
            reports.append(report)
            // Facts come at least once.
            if random.once(in: 8) { reports.append(report) }
        }
        return reports
    }

    private mutating func event() -> StoreOperation.Report.Event {
        switch random.below(16) {
        case 0...1: .started
        case 2...4: .progress(step: random.below(10), hasCheckpoint: random.once(in: 2))
        case 5...7: .failed(retryable: true, isPutOff: random.once(in: 3))
        case 8: .failed(retryable: false, isPutOff: false)
        case 9: .snoozed(isPutOff: random.once(in: 2))
        case 10...11: .lost(begun: true)
        case 12: .lost(begun: false)
        default: .done
        }
    }
}
