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
        await gate.waitUntilWell()
        await signals.waitUntilWorking()
        guard !Task.isCancelled else { return nil }
        return await prefetch.room()
    }

    /// Claims once; a second time, a moment later, where an idle model would begin with a group that is not full.
    private func claim(_ room: Prefetch.Room) async throws -> Int {
        let clock = ContinuousClock()
        let start = clock.now
        Failpoint.beforeClaim.reach()
        var claims = try await queue.claim(room.count, lane: room.lane)
        if !claims.isEmpty { Failpoint.afterClaim.reach() }
        metrics.claimed(in: clock.now - start)
        if let first = claims.first, claims.count < room.count, room.lane == nil {
            held.add(claims.map(\.lease))
            try? await Task.sleep(for: Self.linger)
            claims += (try? await queue.claim(room.count - claims.count, lane: first.lane)) ?? []
        }
        await admit(claims)
        return claims.count
    }

    private func admit(_ claims: [DispatchedJob]) async {
        held.add(claims.map(\.lease))
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
        guard !jobs.isEmpty, !prefetch.add(jobs) else { return }
        await outbox.add(jobs.map { queue.fact($0.lease, .snoozed(.zero)) })
    }
}
