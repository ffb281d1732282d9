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
    let inputs: InputLoader
    let outbox: Outbox
    let adoption: Adoption
    let capacity: Int
    let previews: PreviewStage
    let previewInterval: Duration
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
            let start = clock.now
            let work =
                if isSuspected, await isAdopted(group[0]) {
                    (count: 0, breakage: nil as String?)
                } else {
                    group[0].request.kind.isLong ? await performed(group) : await computed(group)
                }
            let modelTime = clock.now - start
            if work.count > 0 {
                metrics.computed(work.count, in: modelTime, after: start - before)
                before = clock.now
                logger.debug(
                    "Computed a micro-batch",
                    metadata: [
                        LogKey.count: "\(work.count)", LogKey.milliseconds: "\(modelTime.milliseconds)",
                        LogKey.lane: "\(group[0].lane)",
                    ])
            }
            if isSuspected { await held.waitUntilSettled() }
            if let message = work.breakage { throw .modelBroken(message) }
        }
    }

    /// Whether a job under which a worker went away had been finished by then; it is handed over if so.
    private func isAdopted(_ job: ClaimedJob) async -> Bool {
        guard let result = await adoption.result(of: job) else { return false }
        // Where the lease is gone, there is nothing left to be done either.
        guard held.advance(job.lease, to: .computing) else { return true }
        if !job.hasBegun { await queue.begin([job.lease]) }
        await output.send(ComputedBatch(jobs: [job], outcomes: [.result(result)], modelTime: .zero))
        return true
    }

    /// One forward pass.
    /// - Returns: How many jobs there were, and why the model can no longer be used where that is so.
    private func computed(_ group: [ClaimedJob]) async -> (count: Int, breakage: String?) {
        let jobs = await inputs.complete(group).filter { held.advance($0.lease, to: .computing) }
        guard !jobs.isEmpty else { return (0, nil) }
        await queue.begin(jobs.filter { !$0.hasBegun }.map(\.lease))
        Failpoint.afterBegin.reach()
        let start = ContinuousClock.now
        let outcomes = await host.run(
            jobs.map { job in
                var work = job.modelJob
                work.touch = { [held] in held.touch(job.lease) }
                return work
            })
        await output.send(ComputedBatch(jobs: jobs, outcomes: outcomes, modelTime: ContinuousClock.now - start))
        let breakages = outcomes.compactMap { if case .modelBroken(let message) = $0 { message } else { nil } }
        return (jobs.count, breakages.first)
    }

    /// A cohort of long jobs, from its first member to its last.
    private func performed(_ group: [ClaimedJob]) async -> (count: Int, breakage: String?) {
        let first = group[0]
        let feed = CohortFeed(
            queue: queue, prefetch: prefetch, held: held, signals: signals, inputs: inputs, artifacts: artifacts,
            output: output, previews: previews, previewInterval: previewInterval,
            capacity: first.crashes > 0 ? 1 : first.request.kind.cohort(of: capacity),
            isUrgent: queue.band(of: first.lane) == .interactive, logger: logger, first: CohortFeed.Handful(group))
        let work = await host.perform(feed, model: first.request.model)
        if signals.shouldYield {
            // Those that were about to join make room as well.
            await outbox.add(prefetch.leftovers().map { queue.fact($0.lease, .snoozed(.zero)) })
        }
        return work
    }
}
