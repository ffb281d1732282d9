public import Jobs
import Redis

/// What became of jobs that were to be pushed.
public struct PushReport: Sendable, Equatable {
    /// How many went in.
    public var pushed: Int
    /// Those whose payload is larger than Redis should hold; record them as failed.
    public var refused: [Lease]
}

/// What Redis does not know, and what must be recorded before that means anything.
public struct Reconciliation: Sendable, Equatable {
    /// Executions that neither wait nor run.
    public var unknown: [Lease]
    /// Pass this to ``JobDispatch/isRecorded(upTo:)``.
    public var mark: String
}

/// Shows that Redis is still the one that was looked at.
public struct SettlingToken: Sendable, Equatable {
    let text: String
}

/// What came of the wish to begin a term in Redis.
public enum Assumption: Sendable, Equatable {
    /// It has begun.
    case begun
    /// Redis has seen a later one.
    case laterTerm
    /// Redis was wiped, or somebody else began to put it right: look again from the start.
    case interrupted
}

/// What a dispatcher has to know of Redis before it hands jobs out.
public struct DispatchLook: Sendable, Equatable {
    /// The term that Redis takes pushes of; `nil` if it was wiped or is new.
    public var term: Term?
    /// What this run of Redis is called, where that was asked for.
    public var incarnation: String?
    /// Jobs that wait in each of the lanes.
    public var depths: [LaneID: Int] = [:]
}

// MARK: The leader's side

extension JobDispatch {
    /// Notes that this process is about to put Redis right; the first step of it.
    /// - Returns: The token that ``assume(_:token:)`` asks for: it is gone if Redis is wiped in between.
    public func beginSettling() async throws(DispatchError) -> SettlingToken {
        let token = SettlingToken(text: "\(UInt64.random(in: 0...UInt64.max))")
        _ = try await command(["SET", keys.settling, .string(token.text)])
        return token
    }

    /// Begins a term in Redis, which from then on takes pushes of this term only.
    ///
    /// Where Redis was wiped (``term()`` is `nil`), put things right first. A job that runs on is announced again by
    /// the next beat of its worker, so:
    ///
    /// 1. Call ``beginSettling()``. If PostgreSQL has live executions, wait for a beat and a half.
    /// 2. Ask ``reconcile(_:)`` about them, and wait until ``isRecorded(upTo:)`` says that every fact is recorded.
    /// 3. Give the unknown ones to `JobStore.requeue`, then call this.
    ///
    /// A new leader does the same without the waiting of step 1, and so does one whose push failed.
    public func assume(_ term: Term, token: SettlingToken) async throws(DispatchError) -> Assumption {
        try await evaluate(
            Scripts.assume, [keys.term, keys.settling], [.int(term.rawValue), .string(token.text)]
        ).read { reply throws(RedisError) in
            switch try reply.int64() {
            case 1: .begun
            case 0: .laterTerm
            default: .interrupted
            }
        }
    }

    /// Begins a term where nothing has to be put right: in a Redis that is new, and a system that is.
    public func assume(_ term: Term) async throws(DispatchError) -> Bool {
        try await assume(term, token: try await beginSettling()) == .begun
    }

    /// The term that Redis takes pushes of; `nil` if it was wiped or is new.
    public func term() async throws(DispatchError) -> Term? {
        try Self.term(try await command(["GET", keys.term]))
    }

    private static func term(_ reply: RedisReply) throws(DispatchError) -> Term? {
        guard !reply.isNull else { return nil }
        return try reply.read { reply throws(RedisError) in Term(try reply.int64()) }
    }

    /// What this run of Redis is called; another after a restart, even if it still knows the term.
    ///
    /// A Redis that comes back with its data may lack the last second of it.
    public func incarnation() async throws(DispatchError) -> String {
        try Self.incarnation(try await command(["INFO", "server"]))
    }

    private static func incarnation(_ reply: RedisReply) throws(DispatchError) -> String {
        let text = try reply.read { reply throws(RedisError) in try reply.string() }
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("run_id:") }
        return line.map { String($0.dropFirst("run_id:".count)) } ?? ""
    }

    /// What a dispatcher has to know of Redis before it hands jobs out, in one round trip.
    /// - Parameters:
    ///   - lanes: The lanes whose depths are wanted.
    ///   - naming: Whether to ask which run of Redis it is; that costs Redis more than all the rest.
    public func look(at lanes: [LaneID], naming: Bool) async throws(DispatchError) -> DispatchLook {
        var pipeline = RedisPipeline()
        pipeline.append("GET", keys.term)
        for lane in lanes { pipeline.append("LLEN", keys.lane(lane)) }
        if naming { pipeline.append("INFO", "server") }
        let replies = try await run(pipeline)
        var look = DispatchLook(term: try Self.term(replies[0]))
        for (lane, reply) in zip(lanes, replies.dropFirst()) {
            look.depths[lane] = Int(try reply.read { reply throws(RedisError) in try reply.int64() })
        }
        if naming { look.incarnation = try Self.incarnation(replies[replies.count - 1]) }
        return look
    }

    /// Puts dispatched jobs into their lanes.
    ///
    /// An execution must be pushed once only. If this fails, it may have come in or not: do not repeat it, but
    /// ``reconcile(_:)``.
    /// - Parameters:
    ///   - jobs: What `JobStore.dispatch` returned.
    ///   - term: The term that they were dispatched in.
    public func push(_ jobs: [DispatchedJob], term: Term) async throws(DispatchError) -> PushReport {
        let limit = configuration.maximumPayloadBytes
        var pipeline = RedisPipeline()
        let byLane = Dictionary(grouping: jobs.lazy.filter { $0.payload.count <= limit }, by: \.lane)
        for (lane, jobs) in byLane.sorted(by: { $0.key < $1.key }) {
            let keys = [keys.term, keys.lane(lane), keys.wake(lane), keys.jobs, keys.leases, keys.running]
            // The last group of those that go first is pushed first, so that the order stays.
            for group in Self.groups(of: jobs.filter(\.isReturned)).reversed() {
                pipeline.append(
                    Scripts.push, keys: keys, arguments: Self.arguments(of: group, term: term, first: true))
            }
            for group in Self.groups(of: jobs.filter { !$0.isReturned }) {
                pipeline.append(
                    Scripts.push, keys: keys, arguments: Self.arguments(of: group, term: term, first: false))
            }
        }
        var report = PushReport(pushed: 0, refused: jobs.filter { $0.payload.count > limit }.map(\.lease))
        for reply in try await run(pipeline) {
            report.pushed += Int(try reply.read { reply throws(RedisError) in try reply.int64() })
        }
        return report
    }

    private static func groups<Element>(of jobs: [Element]) -> [ArraySlice<Element>] {
        stride(from: 0, to: jobs.count, by: jobsPerScript).map { jobs[$0..<min($0 + jobsPerScript, jobs.count)] }
    }

    private static func arguments(
        of jobs: ArraySlice<DispatchedJob>, term: Term, first: Bool
    ) -> [RedisArgument] {
        var arguments: [RedisArgument] = [.int(term.rawValue), .int(first ? 1 : 0)]
        arguments.reserveCapacity(2 + 5 * jobs.count)
        for job in jobs {
            arguments.append(.int(job.lease.job.rawValue))
            arguments.append(.int(job.lease.epoch.rawValue))
            arguments.append(.int(job.batch.rawValue))
            arguments.append(.string(head(of: job)))
            arguments.append(.bytes(job.payload))
        }
        return arguments
    }

    /// Attempt and crashes, and where an earlier attempt has come to.
    private static func head(of job: DispatchedJob) -> String {
        guard let checkpoint = job.checkpoint else { return "\(job.attempt) \(job.crashes)" }
        return "\(job.attempt) \(job.crashes) \(checkpoint.step) \(checkpoint.digest)"
    }

    /// Jobs that one call of a script moves: Redis serves nobody else meanwhile, and Lua unpacks no more than 8,000.
    static let jobsPerScript = 250

    /// Gives up on workers whose leases have run out: a fact about each of their jobs goes into the stream.
    ///
    /// Call it again and again. After a pause of more than half a lease it takes nothing until the workers have had
    /// the time of a beat and a half to renew what they hold.
    /// - Parameters:
    ///   - limit: Most leases.
    ///   - term: The caller's term, which must be that of Redis.
    /// - Returns: How many leases there were.
    public func reap(limit: Int = 1_000, term: Term) async throws(DispatchError) -> Int {
        try await evaluate(
            Scripts.reap, [keys.leases, keys.jobs, keys.facts, keys.running, keys.reaper, keys.term],
            [
                .int(Int64(limit)), .int(max(1_000, configuration.lease.milliseconds / 2)),
                .int((configuration.beat * 1.5).milliseconds), .int(term.rawValue),
            ]
        ).read { reply throws(RedisError) in Int(try reply.int64()) }
    }

    /// Calls executions off: those that wait are forgotten, those that run hear of it with the next beat.
    /// - Returns: How many Redis knew.
    public func cancel(_ leases: [Lease]) async throws(DispatchError) -> Int {
        var count = 0
        for group in Self.groups(of: leases) {
            count += try await evaluate(Scripts.cancel, [keys.jobs], Array(group).arguments)
                .read { reply throws(RedisError) in Int(try reply.int64()) }
        }
        return count
    }

    /// Takes executions back that nobody has claimed: their turn will not come, and they are the caller's to give to
    /// `JobStore.requeue`.
    /// - Parameter term: The caller's term; nothing is taken back where another has begun.
    /// - Returns: Those that were taken back.
    public func recall(_ leases: [Lease], term: Term) async throws(DispatchError) -> [Lease] {
        var recalled: [Lease] = []
        for group in Self.groups(of: leases) {
            let flags = try await evaluate(
                Scripts.recall, [keys.jobs, keys.term], [.int(term.rawValue)] + Array(group).arguments
            ).flags()
            recalled += zip(group, flags).filter { $1 == 1 }.map(\.0)
        }
        return recalled
    }

    /// Executions that workers have, as Redis sees it.
    /// - Parameter limit: Most of them.
    public func claimedLeases(limit: Int) async throws(DispatchError) -> [Lease] {
        try await command(["ZRANGE", keys.leases, 0, .int(Int64(limit) - 1)]).read { reply throws(RedisError) in
            var leases: [Lease] = []
            for entry in try reply.array() {
                let parts = try entry.string().split(separator: ":").compactMap { Int64($0) }
                if parts.count == 2 { leases.append(Lease(job: JobID(parts[0]), epoch: Epoch(parts[1]))) }
            }
            return leases
        }
    }

    // MARK: Putting things right

    /// Tells which executions Redis does not know.
    ///
    /// One that it does not know was lost, or has ended and the fact about it is in the stream; so record everything
    /// up to the mark before you give it to others.
    public func reconcile(_ leases: [Lease]) async throws(DispatchError) -> Reconciliation {
        var unknown: [Lease] = []
        var start = 0
        while start < leases.count {
            let group = Array(leases[start..<min(start + 1_000, leases.count)])
            let flags = try await evaluate(Scripts.known, [keys.jobs], group.arguments).flags()
            unknown += zip(group, flags).filter { $1 == 0 }.map(\.0)
            start += group.count
        }
        // Read after the look-up: a job that ended before it has its fact at or before this mark.
        let last = try await command(["XREVRANGE", keys.facts, "+", "-", "COUNT", 1])
        let mark = try last.read { reply throws(RedisError) in
            try reply.array().first.map { entry throws(RedisError) in try entry.array()[0].string() } ?? "0-0"
        }
        return Reconciliation(unknown: unknown, mark: mark)
    }

    /// Whether every fact up to a mark has been recorded and acknowledged.
    public func isRecorded(upTo mark: String) async throws(DispatchError) -> Bool {
        try await command(["XRANGE", keys.facts, "-", .string(mark), "COUNT", 1])
            .read { reply throws(RedisError) in try reply.array().isEmpty }
    }

    // MARK: Looking

    /// Jobs that wait in each of the lanes.
    public func depths(of lanes: [LaneID]) async throws(DispatchError) -> [LaneID: Int] {
        var pipeline = RedisPipeline()
        for lane in lanes { pipeline.append("LLEN", keys.lane(lane)) }
        var depths: [LaneID: Int] = [:]
        for (lane, reply) in zip(lanes, try await run(pipeline)) {
            depths[lane] = Int(try reply.read { reply throws(RedisError) in try reply.int64() })
        }
        return depths
    }

    /// Jobs with workers, of each of the batches: see ``BatchCounts/splitting(claimed:)``.
    public func claimed(of batches: [BatchID]) async throws(DispatchError) -> [BatchID: Int] {
        guard !batches.isEmpty else { return [:] }
        let reply = try await command(["HMGET", keys.running] + batches.map { .int($0.rawValue) })
        return try reply.read { reply throws(RedisError) in
            var counts: [BatchID: Int] = [:]
            for (batch, count) in zip(batches, try reply.array()) {
                counts[batch] = count.isNull ? 0 : Int(try count.int64())
            }
            return counts
        }
    }

    /// Jobs with workers, of all batches.
    public func claimedCount() async throws(DispatchError) -> Int {
        try await command(["ZCARD", keys.leases]).read { reply throws(RedisError) in Int(try reply.int64()) }
    }

    /// Jobs that a worker has, in ascending order.
    public func jobs(of worker: WorkerName) async throws(DispatchError) -> [JobID] {
        let leases = try await claimedLeases(limit: 10_000)
        return try await owners(of: leases.map(\.job)).filter { $0.value == worker }.map(\.key).sorted()
    }

    /// Who has each of the jobs; those that nobody has are missing.
    public func owners(of jobs: [JobID]) async throws(DispatchError) -> [JobID: WorkerName] {
        var pipeline = RedisPipeline()
        for job in jobs { pipeline.append("HGET", keys.job(job), "w") }
        var owners: [JobID: WorkerName] = [:]
        for (job, reply) in zip(jobs, try await run(pipeline)) where !reply.isNull {
            owners[job] = WorkerName(rawValue: try reply.read { reply throws(RedisError) in try reply.string() })
        }
        return owners
    }
}
