import Jobs

@testable import JobStore

extension StoreModel {
    /// What creating a batch should come to before its id is known: nil where there should be a new one.
    func existing(_ plan: StoreOperation.BatchPlan) -> Outcome<BatchID>? {
        if let key = plan.key, let known = keys[ModelKey(tenant: plan.tenant, key: key)] {
            var asked = plan
            // Whose it is and which key it has is no part of what is asked for.
            (asked.tenant, asked.key) = (known.plan.tenant, known.plan.key)
            return asked == known.plan ? .value(batches[known.batch].id) : .refused(.idempotencyMismatch)
        }
        if let refusal = refusal(after: plan) { return .refused(refusal) }
        guard let unique = plan.uniqueKey else { return nil }
        let holder = batches.first {
            $0.plan.uniqueKey == unique && $0.plan.tenant == plan.tenant && !$0.isGone && !$0.state.isTerminal
        }
        return holder.map { .refused(.uniqueKeyTaken($0.id)) }
    }

    /// Why nothing can come after the batch that a plan names.
    private func refusal(after plan: StoreOperation.BatchPlan) -> StoreError.Reason? {
        guard let after = plan.after.map({ batches[$0] }) else { return nil }
        if after.isGone || after.plan.tenant != plan.tenant { return .notFound }
        return [.abandoned, .cancelling, .cancelled].contains(after.state) ? .wrongState(after.state) : nil
    }

    mutating func created(_ plan: StoreOperation.BatchPlan, _ id: BatchID) {
        var batch = ModelBatch(id: id, plan: plan, priority: plan.priority)
        batch.after = plan.after
        batch.isGated = plan.after.map { batches[$0].state != .finished } ?? false
        batches.append(batch)
        if let key = plan.key { keys[ModelKey(tenant: plan.tenant, key: key)] = (plan, batches.count - 1) }
    }

    /// Checks an upload and notes its lines, but not yet the jobs, whose ids the store chooses.
    mutating func append(
        _ items: [CaptionItem], needs: [ModelNeed], to batch: Int, from line: Int
    ) -> Outcome<Int> {
        let known = batches[batch]
        if known.isGone { return .refused(.notFound) }
        guard known.state == .open else { return .refused(.batchNotOpen(known.state)) }
        guard line <= known.items else { return .refused(.outOfStep(received: known.items)) }
        let fresh = items.dropFirst(known.items - line)
        var names = known.customIDs
        for name in fresh.compactMap(\.customID) where !names.insert(name).inserted { return .refused(.badItems([])) }
        let own = needs.enumerated().dropFirst(known.items - line)
        guard own.allSatisfy({ accepts($0.element, line: line + $0.offset, of: batch) }) else {
            return .refused(.badItems([]))
        }
        if own.contains(where: { if case .after = $0.element { true } else { false } }) {
            batches[batch].isGated = false
        }
        batches[batch].customIDs = names
        batches[batch].items += fresh.count
        if !fresh.isEmpty { batches[batch].wasIdleForLong = false }
        return .value(batches[batch].items)
    }

    mutating func seal(_ batch: Int) -> Outcome<BatchState> {
        let known = batches[batch]
        if known.isGone { return .refused(.notFound) }
        if known.state == .abandoned { return .refused(.batchNotOpen(.abandoned)) }
        guard known.state == .open else { return .value(known.state) }
        if known.items == 0 { return .refused(.emptyBatch) }
        batches[batch].state = .sealed
        // What needs jobs that have failed before fails now.
        _ = finish([batch])
        return .value(batches[batch].state)
    }

    mutating func abandon(_ batch: Int) -> Outcome<BatchState> {
        let known = batches[batch]
        if known.isGone { return .refused(.notFound) }
        guard [.open, .abandoned].contains(known.state) else { return .refused(.batchNotOpen(known.state)) }
        batches[batch].state = .abandoned
        return .value(.abandoned)
    }

    mutating func cancel(_ batch: Int) -> Outcome<BatchState> {
        if batches[batch].isGone { return .refused(.notFound) }
        switch batches[batch].state {
        case .open: batches[batch].state = .abandoned
        case .sealed, .running: callOff(batch, because: JobFailure.cancelledCode)
        case .cancelling: batches[batch].code = JobFailure.cancelledCode
        case .finished, .abandoned, .cancelled: break
        }
        return .value(batches[batch].state)
    }

    private mutating func callOff(_ batch: Int, because code: String) {
        batches[batch].state = .cancelling
        batches[batch].isPaused = false
        batches[batch].isRecalled = false
        batches[batch].code = code
    }

    /// Changes a batch that is not over.
    mutating func change(_ batch: Int, _ body: (inout ModelBatch) -> Void) -> Outcome<BatchState> {
        let known = batches[batch]
        if known.isGone { return .refused(.notFound) }
        guard !known.state.isTerminal, known.state != .cancelling else { return .refused(.wrongState(known.state)) }
        body(&batches[batch])
        return .value(known.state)
    }

    mutating func expire() -> Int {
        var count = 0
        for batch in batches.indices where batches[batch].plan.expiry == .past && !batches[batch].isGone {
            switch batches[batch].state {
            case .open:
                batches[batch].state = .abandoned
                batches[batch].code = JobFailure.expiredCode
            case .sealed, .running: callOff(batch, because: JobFailure.expiredCode)
            case .finished, .abandoned, .cancelling, .cancelled: continue
            }
            count += 1
        }
        return count
    }

    /// Batches to call back, with their executions.
    func recalls() -> [BatchID: [Lease]] {
        var recalls: [BatchID: [Lease]] = [:]
        for (number, batch) in batches.enumerated() where !batch.isGone {
            let leases = jobs(of: number).compactMap { job in
                job.execution.map { Lease(job: job.id, epoch: $0.epoch) }
            }
            let isHeldBack =
                (batch.isPaused && batch.state == .running)
                || (batch.state == .cancelling && batch.code == JobFailure.expiredCode)
            guard batch.isRecalled || (isHeldBack && !leases.isEmpty) else { continue }
            recalls[batch.id] = leases
        }
        return recalls
    }

    /// Removes batches that are old, and whatever is known by them.
    mutating func prune() -> Int {
        var count = 0
        let old = batches.indices.filter { batch in
            let known = batches[batch]
            let isOld = known.state == .open ? known.wasIdleForLong : known.state.isTerminal && known.endedLongAgo
            return isOld && !known.isGone && !isTied(batch)
        }
        for batch in old {
            batches[batch].isGone = true
            keys = keys.filter { $0.value.batch != batch }
            for job in jobs(of: batch) {
                if case .done(let state, _, _) = job.place { ended[job.id] = state }
            }
            let own = Set(jobs(of: batch).map(\.id))
            deadLetters.subtract(own)
            jobs = jobs.filter { !own.contains($0.key) }
            count += 1
        }
        return count
    }
}
