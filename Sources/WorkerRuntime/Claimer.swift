import Failpoints
import Jobs
import Logging
import Telemetry

/// Claims jobs and fills the prefetch; the first stage.
struct Claimer: Sendable {
    let queue: QueueLink
    let prefetch: Prefetch
    let held: HeldJobs
    let outbox: Outbox
    let inputs: InputLoader
    let gate: StoreGate
    let signals: Signals
    let metrics: WorkerMetrics
    let logger: Logger

    /// How long a group that came up short may wait for more before the model starts on it.
    static let linger = Duration.milliseconds(10)

    /// Pause of who was told of work in vain, and not for the first time.
    static let missPause = Duration.milliseconds(50)

    /// Runs until the prefetch is closed, or the task is cancelled.
    func run() async {
        var outage = Outage(logger, "Jobs cannot be claimed")
        var misses = 0
        while let room = await nextRoom() {
            do {
                let claimed = try await claim(room)
                outage.ended()
                if claimed > 0 {
                    misses = 0
                } else {
                    misses = try await queue.waitForWork(in: room.lane) ? misses + 1 : 0
                    // There is work and it is not to be had, such as that of a tenant with as many running as it may.
                    if misses > 1 { try await Task.sleep(for: Self.missPause) }
                }
            } catch is CancellationError {
                return
            } catch {
                await outage.wait(error)
            }
        }
    }

    private func nextRoom() async -> Prefetch.Room? {
        while true {
            await gate.waitUntilWell()
            await signals.waitUntilWorking()
            guard !Task.isCancelled, let room = await prefetch.room() else { return nil }
            // Room may come minutes later; what was said meanwhile counts.
            guard signals.isWorking else { continue }
            guard room.isOfCohort, let lane = room.lane else { return room }
            // One that is about to make room takes nobody in; an urgent one makes none, so it only ends after its turn.
            let isUrgent = queue.band(of: lane) == .interactive
            guard isUrgent ? prefetch.overdueLane != nil : signals.shouldYield else { return room }
            prefetch.closeCohort()
        }
    }

    /// Claims once; a second time, a moment later, where an idle model would begin with a group that is not full.
    private func claim(_ room: Prefetch.Room) async throws -> Int {
        let clock = ContinuousClock()
        let start = clock.now
        Failpoint.beforeClaim.reach()
        var claims = try await queue.claim(room.count, lane: room.lane)
        if !claims.isEmpty { Failpoint.afterClaim.reach() }
        metrics.claimed(in: clock.now - start)
        if let first = claims.first, claims.count < room.count, room.lane == nil, !queue.isLong(first.lane) {
            hold(claims)
            try? await Task.sleep(for: Self.linger)
            claims += (try? await queue.claim(room.count - claims.count, lane: first.lane)) ?? []
        }
        hold(claims)
        await admit(room.isOfCohort ? await withoutSuspects(claims) : claims)
        return claims.count
    }

    private func hold(_ claims: [DispatchedJob]) {
        held.add(claims.map(\.lease), suspects: Set(claims.filter { $0.crashes > 0 }.map(\.lease)))
    }

    /// The claims without jobs under which workers went away, which cannot join others.
    ///
    /// Such a job goes back, to a worker that has nothing else or to this one when its cohort has ended, which takes
    /// nobody in any more.
    private func withoutSuspects(_ claims: [DispatchedJob]) async -> [DispatchedJob] {
        let suspects = claims.filter { $0.crashes > 0 }
        guard !suspects.isEmpty else { return claims }
        prefetch.closeCohort()
        await outbox.add(suspects.map { queue.fact($0.lease, .snoozed(.zero)) })
        return claims.filter { $0.crashes == 0 }
    }

    private func admit(_ claims: [DispatchedJob]) async {
        var jobs: [ClaimedJob] = []
        var refusals: [Fact] = []
        for claim in claims {
            do throws(RequestError) {
                jobs.append(ClaimedJob(claim, request: try JobRequest(decoding: claim.payload)))
            } catch {
                // Only this job fails, and for good: its bytes will not read any better next time.
                let failure = JobFailure(code: "bad_request", message: error.description, retryable: false)
                refusals.append(queue.fact(claim.lease, .failed(failure)))
            }
        }
        await outbox.add(refusals)
        jobs = await inputs.ahead(of: jobs, waiting: prefetch.inputBytes)
        guard !jobs.isEmpty, !prefetch.add(jobs) else { return }
        await outbox.add(jobs.map { queue.fact($0.lease, .snoozed(.zero)) })
    }
}
