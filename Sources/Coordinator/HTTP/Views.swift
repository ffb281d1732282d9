import JobAPI
import JobDispatch
import JobStore
import Jobs

/// Shows batches and jobs as they are at this moment, out of what PostgreSQL and Redis know.
///
/// PostgreSQL counts a job as running from the moment it goes to Redis; which of those a worker has, Redis knows. Where
/// Redis does not answer, what it would have to say is left out: looking at batches needs PostgreSQL only.
struct Views: Sendable {
    let store: JobStore
    /// Absent where workers claim over HTTP only; then a worker has all that PostgreSQL counts as handed out.
    let dispatch: JobDispatch?

    func batch(_ batch: BatchRecord) async throws -> BatchView {
        try await batches([batch])[0]
    }

    func batches(_ batches: [BatchRecord]) async throws -> [BatchView] {
        let claimed = await claimed(batches)
        var views: [BatchView] = []
        for batch in batches {
            let counts = batch.counts.splitting(claimed: claimed[batch.id] ?? 0)
            views.append(BatchView(batch, counts: counts, waiting: try await waitReason(of: batch, counts)))
        }
        return views
    }

    /// Why nothing of a batch runs though something is queued.
    private func waitReason(of batch: BatchRecord, _ counts: BatchCounts) async throws -> WaitReason? {
        guard batch.state == .sealed || batch.state == .running, counts.queued > 0 else { return nil }
        if batch.isPaused { return WaitReason(.paused, "the batch is paused; resume it to go on") }
        if batch.startsLater { return WaitReason(.notYet, "its time to start has yet to come") }
        if batch.isGated {
            let first = batch.specification.after.map { "batch \($0)" } ?? "another batch"
            return WaitReason(.needs, "it waits until \(first) has finished")
        }
        guard counts.running == 0 else { return nil }
        if batch.waitingForRetry == counts.queued {
            if batch.hasNeeds, try await store.hasWaiting(batch.id) {
                return WaitReason(.needs, "all that is left waits for other jobs, whose results it works on")
            }
            return WaitReason(.retrying, "all that is left waits for the time of another attempt")
        }
        return try await store.whyUnschedulable(batch.id).map { WaitReason(.unschedulable, $0) }
    }

    func jobs(_ jobs: [JobRecord]) async throws -> [JobView] {
        let owners = await owners(jobs)
        return try jobs.map { job in
            let owner = owners[job.id]
            var view = JobView(job, isClaimed: owner != nil, request: try JobRequest(decoding: job.payload))
            if job.state == .running { view.worker = owner?.rawValue }
            return view
        }
    }

    private func claimed(_ batches: [BatchRecord]) async -> [BatchID: Int] {
        let live = batches.filter { $0.counts.running > 0 }.map(\.id)
        guard !live.isEmpty else { return [:] }
        guard let dispatch else {
            return Dictionary(batches.map { ($0.id, $0.counts.running) }) { first, _ in first }
        }
        return (try? await dispatch.claimed(of: live)) ?? [:]
    }

    private func owners(_ jobs: [JobRecord]) async -> [JobID: WorkerName] {
        let live = jobs.filter { $0.state == .running }.map(\.id)
        guard !live.isEmpty else { return [:] }
        guard let dispatch else {
            let named = jobs.map { ($0.id, WorkerName(sanitizing: $0.worker ?? "-")) }
            return Dictionary(named) { first, _ in first }
        }
        return (try? await dispatch.owners(of: live)) ?? [:]
    }
}
