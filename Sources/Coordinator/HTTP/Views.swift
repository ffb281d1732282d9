import JobAPI
import JobDispatch
import JobStore
import Jobs

/// Shows batches and jobs as they are at this moment, out of what PostgreSQL and Redis know.
///
/// PostgreSQL counts a job as running from the moment it goes to Redis; which of those a worker has, Redis knows. Where
/// Redis does not answer, what it would have to say is left out: looking at batches needs PostgreSQL only.
struct Views: Sendable {
    let dispatch: JobDispatch

    func batch(_ batch: BatchRecord) async -> BatchView {
        let claimed = await claimed([batch])
        return BatchView(batch, counts: batch.counts.splitting(claimed: claimed[batch.id] ?? 0))
    }

    func batches(_ batches: [BatchRecord]) async -> [BatchView] {
        let claimed = await claimed(batches)
        return batches.map { BatchView($0, counts: $0.counts.splitting(claimed: claimed[$0.id] ?? 0)) }
    }

    func jobs(_ jobs: [JobRecord]) async throws -> [JobView] {
        let owners = await owners(jobs)
        return try jobs.map { job in
            let owner = owners[job.id]
            var view = JobView(job, isClaimed: owner != nil, request: try GenerateRequest(decoding: job.payload))
            if job.state == .running { view.worker = owner?.rawValue }
            return view
        }
    }

    private func claimed(_ batches: [BatchRecord]) async -> [BatchID: Int] {
        let live = batches.filter { $0.counts.running > 0 }.map(\.id)
        guard !live.isEmpty else { return [:] }
        return (try? await dispatch.claimed(of: live)) ?? [:]
    }

    private func owners(_ jobs: [JobRecord]) async -> [JobID: WorkerName] {
        let live = jobs.filter { $0.state == .running }.map(\.id)
        guard !live.isEmpty else { return [:] }
        return (try? await dispatch.owners(of: live)) ?? [:]
    }
}
