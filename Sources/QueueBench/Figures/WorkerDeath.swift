import Client
import Glibc
import JobAPI
import JobDispatch
import Jobs

/// One of two workers is killed with SIGKILL while it has jobs, which then have to run elsewhere.
struct WorkerDeath: Figure {
    let name = "kill"
    /// The lease of ``DispatchConfiguration``, which no recovery can undercut.
    private static let lease = 12.0

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let jobs = 1_000
        return try await bench.withSystem { system in
            let batch = try await system.upload(jobs)
            let doomed = try await system.startWorker(
                "doomed", WorkManner(claim: 32, delay: .seconds(3_600)))
            _ = try await system.client.seal(batch: batch)
            let dispatch = try system.dispatch()
            while try await dispatch.claimedCount() < 32 { try await Task.sleep(for: .milliseconds(5)) }
            await dispatch.close()
            await doomed.child.end(SIGKILL)
            let death = ContinuousClock.now
            let seconds = try await system.withWorkers(1) {
                guard try await system.wait(for: jobs, of: batch, limit: .seconds(60)) else {
                    throw BenchError("Jobs of a killed worker did not run elsewhere within 60 s. That is a defect.")
                }
                return (.now - death) / .seconds(1)
            }
            let succeeded = try await system.client.batch(batch).counts.succeeded
            return [
                .cost(
                    "last of 32 jobs of a worker ended after its kill -9, over the lease, s", ours: seconds,
                    yardstick: Self.lease, goal: 0.85),
                .rate(
                    "jobs that succeeded once, of \(jobs)", ours: Double(succeeded), yardstick: Double(jobs), goal: 1),
            ]
        }
    }
}
