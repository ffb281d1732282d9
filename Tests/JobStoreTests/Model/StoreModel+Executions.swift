import Jobs

@testable import JobStore

extension StoreModel {
    /// Applies a group of facts in the order in which the recorder takes them: starts, progress, results, the rest.
    mutating func record(_ facts: [Fact]) -> RecordReport {
        var report = RecordReport()
        released = 0
        var touched: Set<Int> = []
        var started: Set<Lease> = []
        for rank in 0..<4 {
            for fact in facts where Self.rank(fact.event) == rank {
                guard var job = jobs[fact.lease.job], var execution = job.execution,
                    execution.epoch == fact.lease.epoch
                else {
                    report.stale += 1
                    continue
                }
                switch fact.event {
                case .started:
                    execution.live()
                    job.place = .live(execution)
                    if started.insert(fact.lease).inserted { report.started += 1 } else { report.stale += 1 }
                case .progress(let progress):
                    execution.live()
                    job.place = .live(execution)
                    note(progress, of: &job)
                    report.progressed += 1
                default:
                    touched.insert(job.batch)
                    end(&job, execution, fact.event, &report)
                }
                jobs[job.id] = job
            }
        }
        report.finishedBatches = finish(touched)
        report.released = released
        return report
    }

    private static func rank(_ event: Fact.Event) -> Int {
        switch event {
        case .started: 0
        case .progress: 1
        case .done: 2
        case .failed, .snoozed, .lost: 3
        }
    }

    private func note(_ progress: JobProgress, of job: inout ModelJob) {
        if let digest = progress.checkpoint { job.checkpoint = Checkpoint(step: progress.step, digest: digest) }
        job.progress = progress
        job.progress?.checkpoint = job.checkpoint?.digest
    }

    private mutating func end(
        _ job: inout ModelJob, _ execution: ModelExecution, _ event: Fact.Event, _ report: inout RecordReport
    ) {
        switch event {
        case .started, .progress: break
        case .done(let result):
            made[job.id] = result.imageDigest
            job.place = .done(.succeeded, epoch: execution.epoch.rawValue, code: nil)
            report.succeeded += 1
        case .failed(let failure):
            if failure.retryable, job.attempts < batches[job.batch].maximumAttempts {
                job.place = .later(isDue: (failure.retryAfter ?? .zero) == .zero)
                report.retried += 1
            } else {
                fail(&job, execution, failure.code)
                report.failed += 1
            }
        case .snoozed(let delay):
            job.place = delay > .zero ? .later(isDue: false) : .ready
            job.attempts -= 1
            report.postponed += 1
        case .lost(let begun):
            job.crashes += begun ? 1 : 0
            if begun, job.crashes == Self.policy.maximumCrashes {
                fail(&job, execution, JobFailure.poisonCode)
                report.failed += 1
            } else {
                job.place = .ready
                job.attempts -= 1
                report.rerun += 1
            }
        }
    }

    private mutating func fail(_ job: inout ModelJob, _ execution: ModelExecution, _ code: String) {
        job.place = .done(.failed, epoch: execution.epoch.rawValue, code: code)
        deadLetters.insert(job.id)
    }

    mutating func requeue(_ leases: some Sequence<Lease>) -> Int {
        var count = 0
        for lease in leases {
            guard let execution = jobs[lease.job]?.execution, execution.epoch == lease.epoch else { continue }
            jobs[lease.job]?.place = .ready
            jobs[lease.job]?.attempts -= 1
            count += 1
        }
        return count
    }

    mutating func promoteDue() -> Int {
        let due = jobs.filter { $0.value.place == .later(isDue: true) }.map(\.key)
        for id in due { jobs[id]?.place = .ready }
        return due.count
    }

    mutating func endOverdue() -> Set<Lease> {
        var leases: Set<Lease> = []
        var touched: Set<Int> = []
        for var job in jobs.values {
            guard let execution = job.execution, execution.isOverdue else { continue }
            leases.insert(Lease(job: job.id, epoch: execution.epoch))
            touched.insert(job.batch)
            if job.attempts < batches[job.batch].maximumAttempts {
                job.place = .later(isDue: true)
            } else {
                let isTimeout = execution.beganLongAgo && execution.hasTimeout
                fail(&job, execution, isTimeout ? JobFailure.timeoutCode : JobFailure.stuckCode)
            }
            jobs[job.id] = job
        }
        _ = finish(touched)
        return leases
    }
}
