import JobDispatch
import Jobs
import Logging
import Redis
import Synchronization
import Telemetry

/// What a worker says to the queue, in its own name.
final class QueueLink: Sendable {
    /// The name that the leases are under.
    let worker: WorkerName
    private let pool: String
    private let dispatch: JobDispatch
    private let logger: Logger
    private let lanes = Mutex(LaneList())

    /// The lanes of this worker's model, as far as the leader has made them known.
    private struct LaneList {
        var model = ""
        var ids: [LaneID] = []
        var asked: ContinuousClock.Instant?
    }

    /// How long one wait for work lasts; an answer to a claim may be newer than the hint that ended it.
    private static let wait = Duration.seconds(1)
    /// How often to ask for new lanes once there are some.
    private static let laneRefresh = Duration.seconds(10)

    init(_ options: Worker.Options, redis: RedisOptions, namespace: String, logger: Logger) {
        worker = options.name
        pool = options.pool
        self.logger = logger
        dispatch = JobDispatch(
            redis, configuration: .init(namespace: namespace, lease: options.lease, beat: options.beat), logger: logger)
    }

    /// A report about one of this worker's leases.
    func fact(_ lease: Lease, _ event: Fact.Event) -> Fact {
        Fact(lease: lease, worker: worker, event: event)
    }

    // MARK: Claiming

    /// Serves the lanes of this model from now on.
    func serve(model digest: String) {
        lanes.withLock { $0.model = digest }
    }

    /// Claims up to `count` jobs of `lane`, or of any lane of the model.
    func claim(_ count: Int, lane: LaneID?) async throws -> [DispatchedJob] {
        let ids = if let lane { [lane] } else { try await servedLanes() }
        return try await dispatch.claim(count, from: ids, by: worker)
    }

    /// Returns when there may be work, after a second at the latest, or after ``stopWaiting()``.
    func waitForWork() async throws {
        let ids = try await servedLanes()
        if ids.isEmpty {
            try await Task.sleep(for: .milliseconds(250))
        } else {
            _ = try await dispatch.waitForWork(in: ids, timeout: Self.wait)
        }
    }

    /// Ends ``waitForWork()``, now and for good.
    func stopWaiting() async {
        await dispatch.interruptWait()
    }

    private func servedLanes() async throws -> [LaneID] {
        let now = ContinuousClock.now
        let (model, known, isFresh) = lanes.withLock { list in
            (list.model, list.ids, list.asked.map { now - $0 < Self.laneRefresh } ?? false)
        }
        guard known.isEmpty || !isFresh else { return known }
        let found = try await dispatch.lanes(pool: pool, models: [model])
        return lanes.withLock { list in
            // A Redis that was wiped knows no lanes for a while; their numbers do not change.
            if !found.isEmpty { list.ids = found }
            list.asked = now
            return list.ids
        }
    }

    // MARK: Reporting

    /// Notes that the forward pass over jobs begins; where Redis is away, a loss of this worker is not held against
    /// them.
    func begin(_ leases: [Lease]) async {
        do {
            try await dispatch.begin(leases, by: worker)
        } catch {
            logger.debug("The begin of jobs was not noted", metadata: [LogKey.error: "\(error)"])
        }
    }

    /// Delivers reports; false for those whose lease was not ours any more.
    func finish(_ facts: [Fact]) async throws -> [Bool] {
        try await dispatch.finish(facts.map { ($0.lease, $0.event) }, by: worker)
    }

    /// Gives leases back in one attempt: they run out by themselves if it fails.
    func giveBack(_ leases: [Lease]) async {
        do {
            _ = try await dispatch.release(leases, by: worker)
        } catch {
            logger.warning(
                "Jobs could not be given back; others get them when their leases run out",
                metadata: [LogKey.count: "\(leases.count)", LogKey.error: "\(error)"])
        }
    }

    // MARK: Presence

    /// Renews leases and shows that this worker lives.
    func beat(_ leases: [Lease]) async throws -> BeatReport {
        try await dispatch.beat(leases, by: worker)
    }

    /// Makes worker and model known.
    func register(_ announcement: WorkerAnnouncement) async throws {
        try await dispatch.register(announcement)
    }

    /// Takes the worker off the list and closes the connections.
    func close() async {
        do {
            try await dispatch.unregister(worker)
        } catch {
            logger.debug("The worker could not be taken off the list", metadata: [LogKey.error: "\(error)"])
        }
        await dispatch.close()
    }
}
