package import JobDispatch
package import Jobs

/// Where a worker gets its jobs and leaves its reports: Redis, or the coordinator over HTTP.
///
/// Both speak the same protocol of leases and epochs; see ``JobDispatch/JobDispatch`` for what each call promises.
package protocol WorkQueue: Sendable {
    /// Announces a worker and its models; it stays listed while it beats.
    func register(_ worker: WorkerAnnouncement) async throws
    /// Takes a worker off the list, when it ends.
    func unregister(_ worker: WorkerName) async throws
    /// The lanes that a worker of a pool with these models serves, as far as they are known.
    func lanes(pool: String, models: [AnnouncedModel]) async throws -> [Lane]
    /// Takes jobs of the first of the lanes that has some.
    func claim(from wishes: [(lane: LaneID, limit: Int)], by worker: WorkerName) async throws -> [DispatchedJob]
    /// Waits until one of the lanes may have something to claim, or the time is up.
    func waitForWork(in lanes: [LaneID], timeout: Duration) async throws -> Bool
    /// Ends a wait for work, and lets later ones return at once.
    func interruptWait() async
    /// Notes that the forward pass over jobs begins.
    func begin(_ leases: [Lease], by worker: WorkerName) async throws
    /// Renews leases and shows that the worker lives.
    func beat(_ leases: [Lease], by worker: WorkerName, urgent: [LaneID]) async throws -> BeatReport
    /// Sends reports of executions that go on.
    func report(_ facts: [(lease: Lease, event: Fact.Event)], by worker: WorkerName) async throws -> [Bool]
    /// Reports how executions ended; the leases are given up.
    func finish(_ facts: [(lease: Lease, event: Fact.Event)], by worker: WorkerName) async throws -> [Bool]
    /// Closes the connections.
    func close() async
}

extension JobDispatch: WorkQueue {}
