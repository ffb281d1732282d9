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
    /// What an operator wants of this worker.
    public var order = WorkerOrder.work
    /// Whether something waits in one of the lanes that go first: long jobs should make room at their next checkpoint.
    public var shouldYield = false

    /// Makes an answer.
    public init(
        answers: [Lease: BeatAnswer], isRegistered: Bool, order: WorkerOrder = .work, shouldYield: Bool = false
    ) {
        self.answers = answers
        self.isRegistered = isRegistered
        self.order = order
        self.shouldYield = shouldYield
    }

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
        try await claim(from: lanes.map { ($0, limit) }, by: worker)
    }

    /// The same with a limit for each lane.
    public func claim(
        from wishes: [(lane: LaneID, limit: Int)], by worker: WorkerName
    ) async throws(DispatchError) -> [DispatchedJob] {
        let wishes = wishes.filter { $0.limit > 0 }
        let lanes = wishes.map(\.lane)
        guard !lanes.isEmpty else { return [] }
        let limits: [RedisArgument] = wishes.map { .int(Int64(min($0.limit, Self.jobsPerScript))) }
        let reply = try await evaluate(
            Scripts.claim,
            [keys.term, keys.leases, keys.jobs, keys.running] + lanes.map(keys.lane) + lanes.map(keys.wake),
            [.string(worker.rawValue), .int(configuration.lease.milliseconds)] + limits)
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
        let head = try parts[start + 3].string().split(separator: " ")
        guard head.count >= 2, let attempt = Int(head[0]), let crashes = Int(head[1]) else {
            throw RedisError(.unexpectedReply, "job \(lease.job) in Redis does not say how often it ran")
        }
        var checkpoint: Checkpoint?
        if head.count == 4, let step = Int(head[2]) { checkpoint = Checkpoint(step: step, digest: String(head[3])) }
        return DispatchedJob(
            lease: lease, batch: BatchID(try parts[start + 2].int64()), lane: lane, attempt: attempt, crashes: crashes,
            checkpoint: checkpoint, payload: try parts[start + 4].bytes())
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
    /// - Parameters:
    ///   - leases: What the worker holds.
    ///   - worker: Its name.
    ///   - urgent: Lanes that go before those that the leases are of.
    public func beat(
        _ leases: [Lease], by worker: WorkerName, urgent: [LaneID] = []
    ) async throws(DispatchError) -> BeatReport {
        var report = BeatReport(answers: [:], isRegistered: false)
        // In groups, for Lua unpacks no more than 8,000 values at once; each also speaks for the worker.
        for start in stride(from: 0, to: max(1, leases.count), by: Self.leasesPerBeat) {
            let group = Array(leases[start..<min(start + Self.leasesPerBeat, leases.count)])
            let flags = try await evaluate(
                Scripts.beat,
                [keys.leases, keys.jobs, keys.facts, keys.workers, keys.worker(worker), keys.term]
                    + urgent.map(keys.wake),
                [
                    .string(worker.rawValue), .int(configuration.lease.milliseconds),
                    .int(configuration.presence.milliseconds),
                ] + group.arguments, on: beats
            ).flags()
            guard flags.count >= 3 else { throw DispatchError(.unexpected, "Redis answered a beat with too little") }
            report.isRegistered = flags[0] == 1
            report.order = WorkerOrder(rawValue: Int(flags[1])) ?? .work
            report.shouldYield = flags[2] == 1
            for (lease, flag) in zip(group, flags.dropFirst(3)) {
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

    /// Sends reports of executions that go on; the leases stay.
    /// - Returns: For each, in order: false if the lease is not the worker's any more.
    public func report(
        _ facts: [(lease: Lease, event: Fact.Event)], by worker: WorkerName
    ) async throws(DispatchError) -> [Bool] {
        guard !facts.isEmpty else { return [] }
        var arguments: [RedisArgument] = [.string(worker.rawValue)]
        for (lease, event) in facts.prefix(Self.jobsPerScript) {
            arguments += [
                .int(lease.job.rawValue), .int(lease.epoch.rawValue), .string(event.kind), .bytes(event.encodedBody()),
            ]
        }
        return try await evaluate(Scripts.report, [keys.jobs, keys.facts, keys.term], arguments).flags().map { $0 == 1 }
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
