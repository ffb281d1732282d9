import Artifacts
import JobDispatch
import Jobs
import Logging
import Redis
import Synchronization

/// A worker that claims as a real one does, and has a stand-in for the model.
public final class LiveWorker<Model: StandInModel>: Sendable {
    /// What does the work.
    public let model = Model()

    private let bench: Workbench
    private let capacity = 32
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let isPaused = Mutex(false)
    private let made = Mutex<Set<JobID>>([])

    /// Jobs that were done; one that was run again, its lease having run out, is one.
    public var jobs: Int { made.withLock { $0.count } }

    init(redis: String, namespace: String, artifacts: String) throws {
        let name = Model.announced.name
        bench = Workbench(
            worker: WorkerName(sanitizing: name + "-1"),
            dispatch: JobDispatch(
                try RedisOptions(address: redis), configuration: DispatchConfiguration(namespace: namespace),
                logger: Logger(label: "test.\(name)")),
            store: LocalArtifactStore(directory: artifacts))
    }

    /// Announces itself and begins to work.
    func start() async throws {
        try await bench.dispatch.register(
            WorkerAnnouncement(
                name: bench.worker, host: "test", version: "0", device: "cpu", pool: WorkerAnnouncement.defaultPool,
                capacity: capacity, models: [Model.announced]))
        task.withLock { $0 = Task { await self.run() } }
    }

    func stop() async {
        let task = task.withLock { $0 }
        task?.cancel()
        await task?.value
        await bench.dispatch.close()
    }

    /// Claims nothing until it is told to go on.
    public func pause(_ pauses: Bool) { isPaused.withLock { $0 = pauses } }

    private func run() async {
        let (dispatch, name) = (bench.dispatch, bench.worker)
        while !Task.isCancelled {
            do {
                _ = try await dispatch.beat([], by: name)
                let lanes = try await dispatch.lanes(pool: WorkerAnnouncement.defaultPool, models: [Model.announced])
                    .map(\.id)
                let jobs = isPaused.withLock { $0 } ? [] : try await dispatch.claim(capacity, from: lanes, by: name)
                guard !jobs.isEmpty else {
                    try await Task.sleep(for: .milliseconds(5))
                    continue
                }
                var facts: [(lease: Lease, event: Fact.Event)] = []
                for job in jobs { facts.append((job.lease, try await model.work(on: job, at: bench))) }
                _ = try await dispatch.finish(facts, by: name)
                made.withLock { $0.formUnion(jobs.map(\.lease.job)) }
            } catch {
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
