import Artifacts
import Foundation
import JobDispatch
import Jobs
import Logging
import Redis
import Synchronization
import TestServers
import Testing
import WorkerRuntime

/// A worker on a workbench: real Redis, a coordinator's hands, and a model that does as it is told.
final class Bench: Sendable {
    static let lane = Lane(
        id: LaneID(3), pool: "default", kind: "generate", modelDigest: TestModel.digest, band: .bulk)

    let redis: RedisOptions
    let dispatch: JobDispatch
    let artifacts: any ArtifactStore
    let switchboard = TestModel.Switchboard()
    let studio = StudioModel.Switchboard()
    /// What jobs said of their progress, in the order of arrival.
    private let progress = Mutex<[Int64: [JobProgress]]>([:])
    private let options: Worker.Options
    private let namespace: String
    private let logger: Logger

    private init(
        _ address: String, _ namespace: String, _ artifacts: any ArtifactStore, _ options: Worker.Options
    ) throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        self.namespace = namespace
        self.artifacts = artifacts
        self.options = options
        self.logger = logger
        redis = RedisOptions(
            try RedisEndpoint(address), connectTimeout: .seconds(1), timeout: .seconds(2), logger: logger)
        dispatch = JobDispatch(
            redis, configuration: .init(namespace: namespace, lease: options.lease, beat: options.beat), logger: logger)
    }

    /// Quick beats, so that tests of leases take a second and not a quarter of a minute.
    static func quick(_ change: (inout Worker.Options) -> Void = { _ in }) -> Worker.Options {
        var options = Worker.Options()
        options.batch = 4
        options.lease = .seconds(2)
        options.beat = .milliseconds(200)
        change(&options)
        return options
    }

    /// Runs `body` on the Redis that all tests share, in a namespace of its own.
    static func with(
        _ options: Worker.Options = quick(), artifacts: any ArtifactStore = InMemoryArtifactStore(),
        _ body: @Sendable @escaping (Bench) async throws -> Void
    ) async throws {
        try await TestServers.shared.withRedisNamespace { address, namespace in
            let bench = try Bench(address, namespace, artifacts, options)
            try await bench.open()
            try await body(bench)
            await bench.dispatch.close()
        }
    }

    /// Runs `body` on a Redis that the test may kill, by its address.
    static func at(_ address: String, _ options: Worker.Options = quick()) async throws -> Bench {
        let bench = try Bench(address, "own", InMemoryArtifactStore(), options)
        try await bench.open()
        return bench
    }

    private func open() async throws {
        #expect(try await dispatch.assume(Term(1)))
        try await dispatch.publish([Self.lane] + Self.studioLanes)
    }

    // MARK: The worker

    /// Makes a worker; it does nothing before it runs.
    func worker(_ change: (inout Worker.Options) -> Void = { _ in }) -> Worker {
        var options = options
        change(&options)
        let switchboard = switchboard
        return worker(options) { TestModel(switchboard: switchboard) }
    }

    /// Makes a worker with another model.
    func worker(
        _ options: Worker.Options? = nil, model: @escaping @Sendable () throws -> any ImageModel
    ) -> Worker {
        var options = options ?? self.options
        options.name = WorkerName(sanitizing: "w-\(UUID().uuidString)")
        return Worker(
            options,
            queue: JobDispatch(
                redis, configuration: .init(namespace: namespace, lease: options.lease, beat: options.beat),
                logger: logger),
            artifacts: artifacts, logger: logger, makeModels: [model])
    }

    /// Makes a worker with the model of many kinds.
    func studioWorker(_ change: (inout Worker.Options) -> Void = { _ in }) -> Worker {
        var options = options
        change(&options)
        let studio = studio
        return worker(options) { StudioModel(switchboard: studio) }
    }

    /// Runs a worker beside `body`, and then drains it.
    func running(_ worker: Worker, _ body: () async throws -> Void) async throws {
        let run = Task { try await worker.run() }
        do {
            try await body()
        } catch {
            switchboard.change { $0.isHeld = false }
            studio.change { $0.isHeld = false }
            worker.abandon()
            _ = await run.result
            throw error
        }
        worker.drain()
        try await run.value
    }

    // MARK: The coordinator's hands

    /// A job as PostgreSQL would hand it out; its epoch is ten times its id.
    static func job(_ id: Int64, _ caption: String = "a man", crashes: Int = 0, payload: [UInt8]? = nil)
        -> DispatchedJob
    {
        let request = JobRequest(caption: caption, seed: UInt64(id), sample: 0, model: TestModel.digest)
        return DispatchedJob(
            lease: Lease(job: JobID(id), epoch: Epoch(id * 10)), batch: BatchID(1), lane: lane.id, attempt: 1,
            crashes: crashes, payload: payload ?? request.encoded())
    }

    /// The lanes of the model of many kinds, one of each kind in each band.
    static let studioLanes = [Band.bulk, .interactive].flatMap { band in
        StudioModel.kinds.enumerated().map { number, kind in
            Lane(
                id: LaneID(Int64(10 * (band.rawValue + 1) + number)), pool: "default", kind: kind.rawValue,
                modelDigest: StudioModel.digest, band: band)
        }
    }

    /// A job of the model of many kinds, in the lane of its kind; its epoch is ten times its id.
    static func studioJob(
        _ id: Int64, _ kind: JobKind, _ caption: String = "", inputs: JobInputs = .none, options: JobOptions = .none,
        band: Band = .bulk, crashes: Int = 0
    ) throws -> DispatchedJob {
        let request = JobRequest(
            kind: kind, caption: caption, seed: UInt64(id), sample: 0, model: StudioModel.digest, inputs: inputs,
            options: options)
        let lane = try #require(studioLanes.first { $0.kind == kind.rawValue && $0.band == band })
        return DispatchedJob(
            lease: Lease(job: JobID(id), epoch: Epoch(id * 10)), batch: BatchID(1), lane: lane.id, attempt: 1,
            crashes: crashes, payload: request.encoded())
    }

    func push(_ jobs: [DispatchedJob]) async throws {
        #expect(try await dispatch.push(jobs, term: Term(1)).pushed == jobs.count)
    }

    /// Reads facts until there are `count` that end an execution, and acknowledges them; starts are left out.
    func facts(_ count: Int, within limit: Duration = .seconds(180)) async throws -> [Int64: Fact] {
        let deadline = ContinuousClock.now + limit
        var found: [Int64: Fact] = [:]
        while found.count < count, ContinuousClock.now < deadline {
            let group = try await dispatch.facts(limit: 500, wait: .milliseconds(200))
            #expect(group.rejected.isEmpty)
            for fact in group.facts where fact.event != .started {
                if case .progress(let step) = fact.event {
                    progress.withLock { $0[fact.lease.job.rawValue, default: []].append(step) }
                    continue
                }
                #expect(found.updateValue(fact, forKey: fact.lease.job.rawValue) == nil, "two facts of one job")
            }
            try await dispatch.acknowledge(group)
        }
        #expect(found.count == count)
        return found
    }

    /// What a job said of its progress until now, as far as its facts were read.
    func progress(of job: Int64) -> [JobProgress] {
        progress.withLock { $0[job] ?? [] }
    }

    /// Waits for a condition.
    func until(
        _ what: Comment, within limit: Duration = .seconds(120), _ condition: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !condition() {
            try #require(ContinuousClock.now < deadline, what)
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

extension Fact {
    /// The result, if it is one of success.
    var result: JobResult? {
        if case .done(let result) = event { result } else { nil }
    }

    /// The failure, if it is one.
    var failure: JobFailure? {
        if case .failed(let failure) = event { failure } else { nil }
    }
}
