import JobDispatch
import Jobs
import Synchronization

/// A worker without a model: claims jobs as a real one does, and ends each with a result that tells of its lease.
final class TestWorker: Sendable {
    static let digest = String(repeating: "d", count: 64)

    let name: WorkerName
    /// Executions that it claimed, over its life.
    let claims = Mutex<[Lease]>([])
    private let dispatch: JobDispatch
    private let delay: Duration
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// - Parameters:
    ///   - delay: Time that each group of jobs takes.
    init(_ name: String, in world: World, delay: Duration = .zero) throws {
        self.name = WorkerName(sanitizing: name)
        self.delay = delay
        dispatch = try world.dispatch()
    }

    static func announcement(_ name: String) -> WorkerAnnouncement {
        let model = AnnouncedModel(
            name: "demo", digest: digest, resolution: 64, layers: 10,
            vocabulary: ["a", "man", "woman", "with", "beard", "blond", "hair", "smiling", "glasses"],
            kinds: [.generate, .manipulate, .optimize, .mix], abilities: Set(Ability.allCases).subtracting([.clip]))
        return WorkerAnnouncement(
            name: WorkerName(sanitizing: name), host: "test", version: "0", device: "cpu", capacity: 8, models: [model])
    }

    /// Begins to work.
    func start() {
        task.withLock { $0 = Task { await run() } }
    }

    /// Ends as a killed process does: what it has claimed stays claimed.
    func kill() async {
        let task = task.withLock { $0 }
        task?.cancel()
        await task?.value
    }

    /// Claims once and does nothing about it.
    func claim(_ limit: Int) async throws -> [DispatchedJob] {
        let lanes = try await dispatch.lanes(
            pool: WorkerAnnouncement.defaultPool, models: Self.announcement("w").models
        ).map(\.id)
        let jobs = try await dispatch.claim(limit, from: lanes, by: name)
        claims.withLock { $0 += jobs.map(\.lease) }
        return jobs
    }

    /// The same, and nothing where the leader has not filled Redis yet.
    func claimIfAny(_ limit: Int) async throws -> [DispatchedJob] {
        do {
            return try await claim(limit)
        } catch let error as DispatchError where error.reason == .noTerm {
            return []
        }
    }

    func register() async throws { try await dispatch.register(Self.announcement(name.rawValue)) }

    /// Renews leases.
    func beat(_ leases: [Lease]) async throws { _ = try await dispatch.beat(leases, by: name) }

    /// Ends jobs with the given event.
    func finish(_ jobs: [DispatchedJob], _ event: (DispatchedJob) -> Fact.Event) async throws -> [Bool] {
        try await dispatch.finish(jobs.map { ($0.lease, event($0)) }, by: name)
    }

    /// Reports something of a job that goes on.
    func report(_ event: Fact.Event, of job: DispatchedJob) async throws {
        _ = try await dispatch.report([(job.lease, event)], by: name)
    }

    static func result(_ job: DispatchedJob) -> Fact.Event {
        .done(
            JobResult(
                imageDigest: hex(job.lease.job.rawValue), bytes: 100, width: 64, height: 64,
                codeDigest: hex(job.lease.epoch.rawValue), milliseconds: 1))
    }

    static func hex(_ number: Int64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 64 - digits.count) + digits
    }

    private func run() async {
        var beaten = ContinuousClock.now - .seconds(10)
        while !Task.isCancelled {
            do {
                if ContinuousClock.now - beaten > .seconds(1) {
                    if try await !dispatch.beat([], by: name).isRegistered { try await register() }
                    beaten = .now
                }
                let jobs = try await claim(8)
                guard !jobs.isEmpty else {
                    try await Task.sleep(for: .milliseconds(10))
                    continue
                }
                if delay > .zero { try await Task.sleep(for: delay) }
                try Task.checkCancellation()
                _ = try await finish(jobs, Self.result)
            } catch {
                // A worker outlives every outage of Redis; what it could not report is run again.
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
