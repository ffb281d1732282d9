import Client
import Glibc
import JobAPI
import JobDispatch
import Jobs
import Reporting
import Synchronization

/// One of two workers is killed with SIGKILL while it has jobs, which then have to run elsewhere.
struct WorkerDeath: Figure {
    let name = "kill"
    /// Jobs that the worker has when it is killed.
    private static let held = 32
    /// Seconds that recovery may take: the lease of ``DispatchConfiguration``, which no recovery can undercut, and half
    /// a second.
    private static let limit = 12.5

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let jobs = 1_000
        return try await bench.withSystem { system in
            let batch = try await system.upload(jobs)
            let doomed = try await system.startWorker(
                "doomed", WorkManner(claim: Self.held, delay: .seconds(3_600)))
            _ = try await system.client.seal(batch: batch)
            let dispatch = try system.dispatch()
            while try await dispatch.claimedCount() < Self.held { try await Task.sleep(for: .milliseconds(5)) }
            let held = Set(try await dispatch.claimedLeases(limit: jobs).map(\.job))
            await dispatch.close()
            await doomed.child.end(SIGKILL)
            let death = ContinuousClock.now
            let returns = Returns(of: held)
            let heir = NoopWorker(
                dispatch: try system.dispatch(), name: WorkerName(sanitizing: "heir"), manner: WorkManner(),
                onClaim: { returns.note($0) })
            let ended = try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await heir.run() }
                guard try await system.wait(for: jobs, of: batch, limit: .seconds(60)) else {
                    throw BenchError("Jobs of a killed worker did not run elsewhere within 60 s. That is a defect.")
                }
                let ended = ContinuousClock.now
                tasks.cancelAll()
                return ended
            }
            guard let last = returns.last else {
                throw BenchError("The batch ended, but not all jobs of the killed worker were handed out again.")
            }
            let succeeded = try await system.client.batch(batch).counts.succeeded
            return [
                .within(
                    Self.limit, "last of \(Self.held) jobs of a worker handed out again after its kill -9, s",
                    ours: (last - death) / .seconds(1)),
                FigureRow("last of them ended, s", ours: (ended - death) / .seconds(1)),
                .rate(
                    "jobs that succeeded once, of \(jobs)", ours: Double(succeeded), yardstick: Double(jobs), goal: 1),
            ]
        }
    }
}

/// When the last of some jobs was claimed again.
private final class Returns: Sendable {
    private let state: Mutex<(missing: Set<JobID>, last: ContinuousClock.Instant?)>

    init(of jobs: Set<JobID>) { state = Mutex((jobs, nil)) }

    func note(_ jobs: [DispatchedJob]) {
        let now = ContinuousClock.now
        state.withLock { state in
            for job in jobs where state.missing.remove(job.lease.job) != nil { state.last = now }
        }
    }

    /// Nil while one is missing.
    var last: ContinuousClock.Instant? { state.withLock { $0.missing.isEmpty ? $0.last : nil } }
}
