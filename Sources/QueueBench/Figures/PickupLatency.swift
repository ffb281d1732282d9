import Client
import Foundation
import JobAPI
import JobDispatch
import Jobs
import Reporting
import Synchronization

/// Time from the submission of a single job to its claim by a worker that has nothing else to do.
struct PickupLatency: Figure {
    let name = "pickup"
    var needsPeers: Bool { true }

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let claims = Claims()
        let (whole, answered) = try await bench.withSystem { system in
            let worker = NoopWorker(
                dispatch: try system.dispatch(), name: WorkerName(sanitizing: "pickup"), manner: WorkManner(),
                onClaim: { claims.note($0) })
            return try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await worker.run() }
                let times = try await Self.submitSingly(bench.sizes.singles, to: system, claims)
                tasks.cancelAll()
                return times
            }
        }
        let median = bench.yardsticks.least(\.pickupMedian)
        let tail = bench.yardsticks.least(\.pickupTail)
        return [
            .within(
                3, "pickup of one job, idle, after the answer to its submission, p50, ms",
                ours: answered.percentile(50)),
            .within(
                15, "pickup of one job, idle, after the answer to its submission, p99, ms",
                ours: answered.percentile(99)),
            .cost(
                "pickup of one job, idle, from its request on, p50 over \(median?.name ?? "other queues"), ms",
                ours: whole.percentile(50), yardstick: median?.value, goal: nil),
            .cost(
                "pickup of one job, idle, from its request on, p99 over \(tail?.name ?? "other queues"), ms",
                ours: whole.percentile(99), yardstick: tail?.value, goal: nil),
        ]
    }

    /// Milliseconds from the start of each submission, and from its answer, to the claim.
    ///
    /// A claim may come before the answer has reached the client; that counts as no time after it.
    private static func submitSingly(
        _ count: Int, to system: System, _ claims: Claims
    ) async throws -> (whole: [Double], answered: [Double]) {
        var whole: [Double] = []
        var answered: [Double] = []
        let body = CreateBatchBody(name: "bench", model: System.model.name)
        let items = [CronItem(caption: "a young woman with blond wavy hair, a slight smile and earrings")]
        for index in -20..<count {
            let start = ContinuousClock.now
            let batch = try await system.client.submit(body, items: items, idempotencyKey: UUID().uuidString)
            let answer = ContinuousClock.now
            let claim = try await claims.wait(for: BatchID(batch.id))
            // The first ones open connections.
            if index >= 0 {
                whole.append((claim - start) / .milliseconds(1))
                answered.append(max(0, (claim - answer) / .milliseconds(1)))
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return (whole, answered)
    }
}

/// When jobs of which batch were claimed.
private final class Claims: Sendable {
    private let times = Mutex<[BatchID: ContinuousClock.Instant]>([:])

    func note(_ jobs: [DispatchedJob]) {
        let now = ContinuousClock.now
        times.withLock { times in
            for job in jobs where times[job.batch] == nil { times[job.batch] = now }
        }
    }

    func wait(for batch: BatchID) async throws -> ContinuousClock.Instant {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if let time = times.withLock({ $0.removeValue(forKey: batch) }) { return time }
            try await Task.sleep(for: .milliseconds(1))
        }
        throw BenchError("A job was not claimed within 30 s. Look at the coordinator's log.")
    }
}

extension [Double] {
    /// The value that so many of a hundred do not exceed.
    func percentile(_ percent: Int) -> Double {
        guard !isEmpty else { return .nan }
        return sorted()[Swift.min(count * percent / 100, count - 1)]
    }
}
