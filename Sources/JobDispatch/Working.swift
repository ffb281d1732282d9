public import Jobs
import Logging
import Redis
import Telemetry

/// What Redis says about a lease when its holder beats.
public enum BeatAnswer: Sendable, Hashable {
    /// Go on.
    case held
    /// Stop: the job was called off.
    case cancelled
    /// Stop and throw the result away: the job is somebody else's now.
    case lost
}

/// Answer to a beat.
public struct BeatReport: Sendable, Equatable {
    /// What to do about each lease.
    public var answers: [Lease: BeatAnswer]
    /// Whether Redis knows this worker; if not, call ``JobDispatch/register(_:)``.
    public var isRegistered: Bool

    /// Leases that are gone.
    public var lost: [Lease] { answers.filter { $0.value == .lost }.map(\.key) }
    /// Leases whose jobs were called off.
    public var cancelled: [Lease] { answers.filter { $0.value == .cancelled }.map(\.key) }
}

// MARK: The worker's side

extension JobDispatch {
    /// Takes up to `limit` jobs of the first lane, in the given order, that has some; they share that lane.
    ///
    /// From then on beat for them, and ``finish(_:by:)`` or ``release(_:by:)`` each.
    /// - Throws: ``DispatchError/Reason/noTerm`` while Redis is being put right; wait and try again.
    public func claim(_ limit: Int, from lanes: [LaneID], by worker: WorkerName) async throws(DispatchError)
        -> [DispatchedJob]
    {
        guard limit > 0, !lanes.isEmpty else { return [] }
        let reply = try await evaluate(
            Scripts.claim,
            [keys.term, keys.leases, keys.jobs, keys.running] + lanes.map(keys.lane) + lanes.map(keys.wake),
            [
                .string(worker.rawValue), .int(Int64(min(limit, Self.jobsPerScript))),
                .int(configuration.lease.milliseconds),
                .int(Int64(lanes.count)),
            ])
        return try reply.read { reply throws(RedisError) in
            let parts = try reply.array()
            guard let first = parts.first else { return [] }
            let lane = lanes[Int(try first.int64()) - 1]
            var jobs: [DispatchedJob] = []
            for index in stride(from: 1, to: parts.count, by: 5) {
                jobs.append(try Self.job(parts[index..<index + 5], lane: lane))
            }
            return jobs
        }
    }

    private static func job(_ parts: ArraySlice<RedisReply>, lane: LaneID) throws(RedisError) -> DispatchedJob {
        let start = parts.startIndex
        let lease = Lease(job: JobID(try parts[start].int64()), epoch: Epoch(try parts[start + 1].int64()))
        let head = try parts[start + 3].string().split(separator: " ").compactMap { Int($0) }
        guard head.count == 2 else {
            throw RedisError(.unexpectedReply, "job \(lease.job) in Redis does not say how often it ran")
        }
        return DispatchedJob(
            lease: lease, batch: BatchID(try parts[start + 2].int64()), lane: lane, attempt: head[0], crashes: head[1],
            payload: try parts[start + 4].bytes())
    }

    /// Waits until one of the lanes may have something to claim.
    ///
    /// A hint, no promise: another worker may be faster, and work may be there though this returns false; so claim
    /// after every return, and do not wait for longer than a second.
    /// - Returns: False if the time ran out or ``interruptWait()`` was called.
    public func waitForWork(in lanes: [LaneID], timeout: Duration) async throws(DispatchError) -> Bool {
        guard !lanes.isEmpty else { return false }
        let seconds = "\(Double(timeout.milliseconds) / 1_000)"
        do {
            return try await waiting.blockingCommand(
                ["BLPOP"] + lanes.map(keys.wake) + [.string(seconds)], timeout: timeout) != nil
        } catch {
            throw DispatchError(error)
        }
    }

    /// Ends ``waitForWork(in:timeout:)``, and lets later calls return at once until ``resumeWait()``.
    public func interruptWait() async {
        do {
            try await waiting.interrupt(using: commands)
        } catch {
            logger.debug("A wait for work could not be cut short", metadata: [LogKey.error: "\(error)"])
        }
    }

    /// Lets ``waitForWork(in:timeout:)`` wait again.
    public func resumeWait() { waiting.resume() }

    /// Renews leases and shows that the worker lives.
    ///
    /// Call it every ``DispatchConfiguration/beat``, with or without leases. It has a connection, and so a thread, of its own.
    public func beat(_ leases: [Lease], by worker: WorkerName) async throws(DispatchError) -> BeatReport {
        var report = BeatReport(answers: [:], isRegistered: false)
        // In groups, for Lua unpacks no more than 8,000 values at once; the first also speaks for the worker.
        for start in stride(from: 0, to: max(1, leases.count), by: Self.leasesPerBeat) {
            let group = Array(leases[start..<min(start + Self.leasesPerBeat, leases.count)])
            let flags = try await evaluate(
                Scripts.beat,
                [keys.leases, keys.jobs, keys.facts, keys.workers, keys.worker(worker), keys.term],
                [
                    .string(worker.rawValue), .int(configuration.lease.milliseconds),
                    .int(configuration.presence.milliseconds),
                ] + group.arguments, on: beats
            ).flags()
            report.isRegistered = flags.first == 1
            for (lease, flag) in zip(group, flags.dropFirst()) {
                report.answers[lease] = flag == 0 ? .held : flag == 1 ? .cancelled : .lost
            }
        }
        return report
    }

    /// Leases that one call of the script renews.
    private static let leasesPerBeat = 1_000

    /// Notes that the forward pass over jobs begins: if the worker goes away now, one of them may be the reason.
    public func begin(_ leases: [Lease], by worker: WorkerName) async throws(DispatchError) {
        guard !leases.isEmpty else { return }
        _ = try await evaluate(Scripts.begin, [keys.jobs], [.string(worker.rawValue)] + leases.arguments)
    }

    /// Reports how executions ended; the leases are given up.
    /// - Returns: For each, in order: false if the lease was not the worker's any more, so that the fact was dropped.
    ///   If the call fails, repeat it: what was taken the first time is not taken again.
    public func finish(_ facts: [(lease: Lease, event: Fact.Event)], by worker: WorkerName) async throws(DispatchError)
        -> [Bool]
    {
        var pipeline = RedisPipeline()
        let keys = [keys.leases, keys.jobs, keys.facts, keys.running, keys.term]
        for start in stride(from: 0, to: facts.count, by: Self.jobsPerScript) {
            var arguments: [RedisArgument] = [.string(worker.rawValue)]
            for (lease, event) in facts[start..<min(start + Self.jobsPerScript, facts.count)] {
                arguments.append(.int(lease.job.rawValue))
                arguments.append(.int(lease.epoch.rawValue))
                arguments.append(.string(event.kind))
                arguments.append(.bytes(event.encodedBody()))
            }
            pipeline.append(Scripts.finish, keys: keys, arguments: arguments)
        }
        var accepted: [Bool] = []
        for reply in try await run(pipeline) { accepted += try reply.flags().map { $0 == 1 } }
        return accepted
    }

    /// Gives back jobs that were not begun or not completed; their attempts do not count.
    /// - Parameters:
    ///   - leases: The leases.
    ///   - worker: Their holder.
    ///   - delay: How long nobody is to try them.
    public func release(
        _ leases: [Lease], by worker: WorkerName, delay: Duration = .zero
    ) async throws(DispatchError) -> [Bool] {
        try await finish(leases.map { ($0, .snoozed(delay)) }, by: worker)
    }
}
