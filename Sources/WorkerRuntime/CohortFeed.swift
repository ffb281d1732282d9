import Artifacts
import Failpoints
import Jobs
import Logging

/// The worker's side of a cohort: where its members come from and where they go.
struct CohortFeed: Sendable {
    let queue: QueueLink
    let prefetch: Prefetch
    let held: HeldJobs
    let signals: Signals
    let inputs: InputLoader
    let artifacts: any ArtifactStore
    let output: Handover<ComputedBatch>
    let previews: PreviewStage
    let previewInterval: Duration
    let capacity: Int
    /// Whether its lane is one of those that others make room for.
    let isUrgent: Bool
    let logger: Logger
    /// Members to begin with.
    let first: Handful

    /// Jobs that are handed out once.
    final class Handful: Sendable {
        private let jobs: Monitor<[ClaimedJob]>

        init(_ jobs: [ClaimedJob]) { self.jobs = Monitor(jobs) }

        func take() -> [ClaimedJob] {
            jobs.withLock { jobs in
                defer { jobs = [] }
                return jobs
            }
        }
    }

    /// The jobs that join now, begun and with their inputs.
    func newcomers() async -> [ClaimedJob] {
        // Those that would be told to end at once are left for others.
        let waiting = first.take()
        let isYielding = signals.isEnding || (signals.shouldYield && !isUrgent)
        let jobs = waiting + (isYielding ? [] : prefetch.newcomers())
        guard !jobs.isEmpty else { return [] }
        let ready = await inputs.complete(jobs)
        let begun = ready.filter { held.advance($0.lease, to: .computing) }
        for _ in 0..<jobs.count - begun.count { prefetch.memberLeft() }
        await queue.begin(begun.filter { !$0.hasBegun }.map(\.lease))
        if !begun.isEmpty { Failpoint.afterBegin.reach() }
        return begun
    }

    /// Hands on what came of a member.
    func settle(_ job: LongJob, _ outcome: Outcome, after time: Duration) async {
        prefetch.memberLeft()
        await output.send(ComputedBatch(jobs: [job.claimed], outcomes: [outcome], modelTime: time))
    }
}
