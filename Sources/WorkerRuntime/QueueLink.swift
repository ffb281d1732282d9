import JobDispatch
import Jobs
import Logging
import Synchronization
import Telemetry

/// What a worker says to the queue, in its own name.
final class QueueLink: Sendable {
    /// The name that the leases are under.
    let worker: WorkerName
    private let pool: String
    private let queue: any WorkQueue
    private let logger: Logger
    private let list = Mutex(LaneList())

    /// The lanes of this worker's models, as far as the leader has made them known.
    private struct LaneList {
        var models: [AnnouncedModel] = []
        var lanes: [Lane] = []
        var asked: ContinuousClock.Instant?
        var order = LaneOrder()
    }

    /// How long one wait for work lasts; an answer to a claim may be newer than the hint that ended it.
    private static let wait = Duration.seconds(1)
    /// The same in one lane, while the model may be about to take what there is.
    private static let shortWait = Duration.milliseconds(100)
    /// How often to ask for new lanes once there are some.
    private static let laneRefresh = Duration.seconds(10)

    init(_ options: Worker.Options, queue: any WorkQueue, logger: Logger) {
        worker = options.name
        pool = options.pool
        self.queue = queue
        self.logger = logger
    }

    /// A report about one of this worker's leases.
    func fact(_ lease: Lease, _ event: Fact.Event) -> Fact {
        Fact(lease: lease, worker: worker, event: event)
    }

    // MARK: Claiming

    /// Serves the lanes of these models from now on.
    func serve(_ models: [AnnouncedModel]) {
        list.withLock { $0.models = models }
    }

    /// The band of a lane that this worker serves.
    func band(of lane: LaneID) -> Band {
        list.withLock { list in list.lanes.first { $0.id == lane }?.band ?? .bulk }
    }

    /// Whether the jobs of a lane that this worker serves are long ones.
    func isLong(_ lane: LaneID) -> Bool {
        list.withLock { list in list.lanes.first { $0.id == lane }.map { $0.isLong } ?? false }
    }

    /// Claims up to `count` jobs of `lane`, or of any lane; then one to begin with where they are long, for other workers
    /// may have time for more.
    func claim(_ count: Int, lane: LaneID?) async throws -> [DispatchedJob] {
        let served = try await servedLanes()
        let lanes =
            if let lane { served.filter { $0.id == lane } } else { list.withLock { $0.order.next(served) } }
        guard !lanes.isEmpty else { return [] }
        let wishes = lanes.map { (lane: $0.id, limit: lane == nil && $0.isLong ? 1 : count) }
        let jobs = try await queue.claim(from: wishes, by: worker)
        if lane == nil, let first = jobs.first, let origin = lanes.first(where: { $0.id == first.lane }) {
            list.withLock { $0.order.claimed(from: origin) }
        }
        return jobs
    }

    /// Returns when there may be work, after a second at the latest, or after ``stopWaiting()``.
    /// - Parameter lane: The only lane that will do, while a group of it waits for more: then the wait is short, and the
    ///   hints of other lanes are left to others.
    /// - Returns: Whether there may be some.
    func waitForWork(in lane: LaneID?) async throws -> Bool {
        if let lane { return try await queue.waitForWork(in: [lane], timeout: Self.shortWait) }
        let lanes = try await servedLanes()
        guard !lanes.isEmpty else {
            try await Task.sleep(for: .milliseconds(250))
            return false
        }
        return try await queue.waitForWork(in: lanes.map(\.id), timeout: Self.wait)
    }

    /// Ends ``waitForWork(in:)``, now and for good.
    func stopWaiting() async {
        await queue.interruptWait()
    }

    /// Asks for new lanes also while nothing is claimed, since a long job has to make room for those as well.
    func keepLanesFresh() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.laneRefresh / 2)
            _ = try? await servedLanes()
        }
    }

    private func servedLanes() async throws -> [Lane] {
        let now = ContinuousClock.now
        let (models, known, isFresh) = list.withLock { list in
            (list.models, list.lanes, list.asked.map { now - $0 < Self.laneRefresh } ?? false)
        }
        guard known.isEmpty || !isFresh else { return known }
        let found = try await queue.lanes(pool: pool, models: models)
        return list.withLock { list in
            // A Redis that was wiped knows no lanes for a while; their numbers do not change.
            if !found.isEmpty { list.lanes = found }
            list.asked = now
            return list.lanes
        }
    }

    // MARK: Reporting

    /// Notes that the forward pass over jobs begins; where Redis is away, a loss of this worker is not held against
    /// them.
    func begin(_ leases: [Lease]) async {
        do {
            try await queue.begin(leases, by: worker)
        } catch {
            logger.debug("The begin of jobs was not noted", metadata: [LogKey.error: "\(error)"])
        }
    }

    /// Says how far a job has come; what does not arrive is said again with the next step.
    func report(_ lease: Lease, _ event: Fact.Event) async {
        do {
            _ = try await queue.report([(lease, event)], by: worker)
        } catch {
            logger.debug("A report of progress did not arrive", metadata: [LogKey.error: "\(error)"])
        }
    }

    /// Delivers reports; false for those whose lease was not ours any more.
    func finish(_ facts: [Fact]) async throws -> [Bool] {
        try await queue.finish(facts.map { ($0.lease, $0.event) }, by: worker)
    }

    /// Gives leases back in one attempt: they run out by themselves if it fails.
    func giveBack(_ leases: [Lease]) async {
        do {
            _ = try await queue.finish(leases.map { ($0, .snoozed(.zero)) }, by: worker)
        } catch {
            logger.warning(
                "Jobs could not be given back; others get them when their leases run out",
                metadata: [LogKey.count: "\(leases.count)", LogKey.error: "\(error)"])
        }
    }

    // MARK: Presence

    /// Renews leases and shows that this worker lives.
    ///
    /// - Parameter lane: one whose long jobs have had their turn, so that every other lane goes before it.
    func beat(_ leases: [Lease], overdue lane: LaneID?) async throws -> BeatReport {
        let urgent = list.withLock { list in
            list.lanes.filter { $0.band == .interactive || (lane != nil && $0.id != lane) }.map(\.id)
        }
        return try await queue.beat(leases, by: worker, urgent: urgent)
    }

    /// Makes worker and model known.
    func register(_ announcement: WorkerAnnouncement) async throws {
        try await queue.register(announcement)
    }

    /// Takes the worker off the list and closes the connections.
    func close() async {
        do {
            try await queue.unregister(worker)
        } catch {
            logger.debug("The worker could not be taken off the list", metadata: [LogKey.error: "\(error)"])
        }
        await queue.close()
    }
}

extension Lane {
    /// Whether its jobs are work for minutes.
    var isLong: Bool { JobKind(rawValue: kind)?.isLong ?? false }
}
