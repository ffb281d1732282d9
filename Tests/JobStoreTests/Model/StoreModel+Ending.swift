import Jobs

@testable import JobStore

extension StoreModel {
    /// Ends what is left of the oldest batch that is called off.
    mutating func cancelStep() -> CancelReport {
        var report = CancelReport()
        let next = batches.indices.first { number in
            guard batches[number].state == .cancelling else { return false }
            return jobs(of: number).contains { mayEnd($0, in: number) }
        }
        guard let batch = next else { return report }
        for job in jobs(of: batch) where mayEnd(job, in: batch) {
            if let lease = end(job, because: batches[batch].code ?? "") { report.leases.append(lease) }
            report.cancelled += 1
        }
        report.finishedBatches = finish([batch])
        report.isMore = true
        return report
    }

    /// What runs of an expired batch may come to its end.
    private func mayEnd(_ job: ModelJob, in batch: Int) -> Bool {
        !job.isOver && (job.execution == nil || batches[batch].code == JobFailure.cancelledCode)
    }

    /// Calls a job off.
    private mutating func end(_ job: ModelJob, because code: String) -> Lease? {
        let epoch = job.execution?.epoch
        jobs[job.id]?.place = .done(.cancelled, epoch: epoch?.rawValue ?? 0, code: code)
        return epoch.map { Lease(job: job.id, epoch: $0) }
    }

    mutating func cancel(_ job: ModelJob) -> Outcome<Lease?> {
        let state = batches[job.batch].state
        guard state != .open, !state.isTerminal else { return .refused(.wrongState(state)) }
        guard !job.isOver else { return .value(nil) }
        let lease = end(job, because: JobFailure.cancelledCode)
        _ = finish([job.batch])
        return .value(lease)
    }

    // MARK: Dead letters

    /// Dead letters by batch, each in the order of jobs.
    func deadLetters(_ plan: StoreOperation.DeadPlan) -> [Int: [ModelJob]] {
        let letters = deadLetters.compactMap { jobs[$0] }.filter { job in
            switch plan {
            case .ofBatch(let number): job.batch == number % batches.count
            case .ofTenant(let tenant): batches[job.batch].plan.tenant == tenant
            case .poisoned: job.description.hasSuffix(JobFailure.poisonCode)
            case .all: true
            }
        }
        return Dictionary(grouping: letters.sorted { $0.id < $1.id }, by: \.batch)
    }

    mutating func purge(_ plan: StoreOperation.DeadPlan) -> Int {
        let letters = deadLetters(plan).values.joined()
        deadLetters.subtract(letters.map(\.id))
        return letters.count
    }

    /// Notes a batch that runs dead letters of another again; its jobs are learnt from the store.
    mutating func copied(_ letters: [ModelJob], of batch: Int, as id: BatchID) {
        deadLetters.subtract(letters.map(\.id))
        var plan = batches[batch].plan
        (plan.key, plan.uniqueKey, plan.start, plan.expiry) = (nil, nil, nil, nil)
        (plan.samples, plan.after) = (1, nil)
        var copy = ModelBatch(id: id, plan: plan, priority: batches[batch].priority)
        copy.state = .sealed
        copy.items = letters.count
        batches.append(copy)
    }
}
