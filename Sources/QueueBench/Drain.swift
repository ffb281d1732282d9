import Client
import Foundation
import JobAPI
import PrivateStack

/// A drain of a queue: how fast, and at whose expense.
struct Drain: Sendable {
    /// The batch that was drained.
    var batch: Int64
    /// Jobs a second between 90 % and 10 % remaining.
    var rate: Double
    /// Jobs a second from the sealing of the batch to the end of its last job.
    var wholeRate: Double
    /// Microseconds of processor time for each job, by part.
    var microseconds: [String: Double]
    /// Bytes of WAL for each job.
    var wal: Double
    /// Commits for each job.
    var commits: Double
    /// Dead rows that stood in the tables at the end, for each job.
    var deadRows: Double

    /// Submits jobs to a system whose workers wait, and watches them end.
    ///
    /// The clock runs from the sealing, so that nothing is handed out before it does.
    /// - Parameters:
    ///   - watched: Jobs that are waited for; all if nil.
    ///   - isSettled: Whether what the upload left to be done in PostgreSQL (pages to write, rows to analyse) is done
    ///     before the clock runs, as where a queue has stood for a while.
    static func measure(
        _ system: System, jobs: Int, watched: Int? = nil, isSettled: Bool = false
    ) async throws -> Drain {
        let batch = try await system.upload(jobs)
        let wanted = watched ?? jobs
        if isSettled { try await system.settle() }
        try await Task.sleep(for: .seconds(1))
        let counters = try await ServerCounters.read(system)
        let used = await system.processorTime()
        let start = ContinuousClock.now
        _ = try await system.client.seal(batch: batch)
        var looks = Looks()
        while looks.ended < wanted {
            let ended = try await system.client.batch(batch).counts.finished
            looks.add(ended, at: (.now - start) / .seconds(1))
            guard ContinuousClock.now - start < .seconds(900) else {
                throw BenchError("\(wanted - ended) of \(wanted) jobs have not ended after 900 s. Look at the logs.")
            }
            if ended < wanted { try await Task.sleep(for: .milliseconds(20)) }
        }
        let spent = await system.processorTime().since(used)
        // Its statistics reach the server within a second.
        try await Task.sleep(for: .milliseconds(1_200))
        let after = try await ServerCounters.read(system)
        let count = Double(looks.ended)
        let whole = looks.wholeRate ?? 0
        return Drain(
            batch: batch, rate: looks.steadyRate(of: wanted) ?? whole, wholeRate: whole,
            microseconds: spent.mapValues { $0 / count * 1e6 },
            wal: (after.wal - counters.wal) / count, commits: (after.commits - counters.commits) / count,
            deadRows: after.deadRows / count)
    }
}

extension System {
    /// Processor time used so far by everything that serves this system.
    func processorTime() async -> ProcessorTime {
        ProcessorTime(
            postgres: servers.postgres.processID, redis: servers.redis.processID, coordinator: await coordinator.id,
            workers: ProcessorTime.workers(under: folder))
    }
}
