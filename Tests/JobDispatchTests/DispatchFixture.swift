import Jobs
import Redis
import TestServers
import Testing

@testable import JobDispatch

/// The protocol under key names of its own, with term 1 begun.
struct DispatchFixture: Sendable {
    static let term = Term(1)
    static let lane = LaneID(1)
    static let one = WorkerName(sanitizing: "worker-1")
    static let two = WorkerName(sanitizing: "worker-2")

    let address: String
    let namespace: String
    let dispatch: JobDispatch
    /// A connection for looking at keys and doing them harm.
    let redis: RedisConnection

    static func with<Value: Sendable>(
        lease: Duration = .seconds(12), _ body: @Sendable (DispatchFixture) async throws -> Value
    ) async throws -> Value {
        try await TestServers.shared.withRedisNamespace { address, namespace in
            let fixture = try DispatchFixture(address: address, namespace: namespace, lease: lease)
            #expect(try await fixture.dispatch.assume(term))
            let value = try await body(fixture)
            await fixture.dispatch.close()
            return value
        }
    }

    init(address: String, namespace: String, lease: Duration = .seconds(12)) throws {
        self.address = address
        self.namespace = namespace
        let options = try RedisOptions(address: address)
        dispatch = JobDispatch(options, configuration: .init(namespace: namespace, lease: lease, beat: lease / 4))
        redis = RedisConnection(options)
    }

    /// The same keys seen by another process.
    func another(lease: Duration? = nil, reader: String = "other") throws -> JobDispatch {
        var configuration = dispatch.configuration
        configuration.reader = reader
        if let lease { (configuration.lease, configuration.beat) = (lease, lease / 4) }
        return JobDispatch(try RedisOptions(address: address), configuration: configuration)
    }

    func key(_ name: String) -> RedisArgument { .string("tedi:{\(namespace)}:\(name)") }

    static func job(
        _ id: Int64, epoch: Int64? = nil, lane: LaneID = lane, crashes: Int = 0, payload: String = "{\u{0}é}"
    ) -> DispatchedJob {
        DispatchedJob(
            lease: Lease(job: JobID(id), epoch: Epoch(epoch ?? id + 1_000)), batch: BatchID(id % 3), lane: lane,
            attempt: 1, crashes: crashes, payload: Array(payload.utf8))
    }

    func push(_ ids: ClosedRange<Int64>, lane: LaneID = lane) async throws {
        let report = try await dispatch.push(ids.map { Self.job($0, lane: lane) }, term: Self.term)
        #expect(report == PushReport(pushed: ids.count, refused: []))
    }

    func claim(_ count: Int, by worker: WorkerName = one) async throws -> [Lease] {
        try await dispatch.claim(count, from: [Self.lane], by: worker).map(\.lease)
    }

    /// Every fact that waits, acknowledged.
    func takeFacts() async throws -> [Fact] {
        var facts: [Fact] = []
        while true {
            let group = try await dispatch.facts(wait: .milliseconds(1))
            if group.isEmpty { return facts }
            #expect(group.rejected.isEmpty)
            facts += group.facts
            try await dispatch.acknowledge(group)
        }
    }

    /// Leaves nothing behind: no lease, no count, no hash of a job.
    func expectNoTrace(_ location: SourceLocation = #_sourceLocation) async throws {
        #expect(try await dispatch.claimedCount() == 0, sourceLocation: location)
        #expect(try await redis.command("HLEN", key("running")).int64() == 0, sourceLocation: location)
        let jobs = try await redis.command("KEYS", .string("tedi:{\(namespace)}:j:*")).array()
        #expect(jobs.isEmpty, sourceLocation: location)
    }

    static let result = JobResult(
        imageDigest: String(repeating: "a", count: 64), bytes: 9, width: 1, height: 1,
        codeDigest: String(repeating: "b", count: 64), milliseconds: 3)
}

/// The reason of the error that `body` throws; `nil` if it throws none.
func reason(_ body: () async throws -> Void) async -> DispatchError.Reason? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? DispatchError)?.reason
    }
}

/// Repeats `body` until it is true; false after 20 s.
func eventually(_ body: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
        if try await body() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return false
}
