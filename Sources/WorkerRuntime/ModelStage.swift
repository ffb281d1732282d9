import Artifacts
import Failpoints
import Jobs
import Logging
import Telemetry

/// Takes micro-batches, computes them, hands them over; the second stage, and the one that never should wait.
struct ModelStage: Sendable {
    let queue: QueueLink
    let host: ModelHost
    let prefetch: Prefetch
    let held: HeldJobs
    let signals: Signals
    let artifacts: any ArtifactStore
    let output: Handover<ComputedBatch>
    let metrics: WorkerMetrics
    let logger: Logger

    /// Runs until the prefetch is closed and its last group computed; throws if the model can no longer be used.
    func run() async throws(WorkerError) {
        defer { output.finish() }
        let clock = ContinuousClock()
        var before = clock.now
        while let group = await prefetch.next() {
            // A job that is suspected of killing workers must not die beside the ones that are being stored and reported:
            // they would be suspected with it.
            let isSuspected = group.contains { $0.crashes > 0 }
            if isSuspected { await held.waitUntilSettled() }
            let jobs = group.filter { held.advance($0.lease, to: .computing) }
            guard !jobs.isEmpty else { continue }
            await queue.begin(jobs.map(\.lease))
            Failpoint.afterBegin.reach()
            let start = clock.now
            let outcomes = await outcomes(of: jobs)
            let modelTime = clock.now - start
            metrics.computed(jobs.count, in: modelTime, after: start - before)
            before = clock.now
            logger.debug(
                "Computed a micro-batch",
                metadata: [
                    LogKey.count: "\(jobs.count)", LogKey.milliseconds: "\(modelTime.milliseconds)",
                    LogKey.lane: "\(jobs[0].lane)",
                ])
            await output.send(ComputedBatch(jobs: jobs, outcomes: outcomes, modelTime: modelTime))
            if isSuspected { await held.waitUntilSettled() }
            for case .modelBroken(let message) in outcomes { throw .modelBroken(message) }
        }
    }

    private func outcomes(of jobs: [ClaimedJob]) async -> [Outcome] {
        guard jobs[0].request.kind.isLong else {
            return await host.run(jobs.map { ModelJob($0.request, attempt: $0.attempt, crashes: $0.crashes) })
        }
        var outcomes: [Outcome] = []
        for job in jobs {
            let long = LongJob(
                job, queue: queue, held: held, signals: signals, artifacts: artifacts, logger: logger)
            outcomes.append(await host.perform(long))
        }
        return outcomes
    }
}
