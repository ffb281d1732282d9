import Jobs
import Logging
import Telemetry

/// Takes micro-batches, computes them, hands them over; the second stage, and the one that never should wait.
struct ModelStage: Sendable {
    let queue: QueueLink
    let host: ModelHost
    let prefetch: Prefetch
    let held: HeldJobs
    let output: Handover<ComputedBatch>
    let metrics: WorkerMetrics
    let logger: Logger

    /// Runs until the prefetch is closed and its last group computed; throws if the model can no longer be used.
    func run() async throws(WorkerError) {
        defer { output.finish() }
        let clock = ContinuousClock()
        var before = clock.now
        while let group = await prefetch.next() {
            let jobs = group.filter { held.advance($0.lease, to: .computing) }
            guard !jobs.isEmpty else { continue }
            await queue.begin(jobs.map(\.lease))
            let start = clock.now
            let outcomes = await host.run(jobs.map(\.request))
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
            for case .modelBroken(let message) in outcomes { throw .modelBroken(message) }
        }
    }
}
