package import Client
import JobAPI
package import JobDispatch
package import Jobs
import Synchronization

/// The queue without Redis: a worker claims, beats and reports over the coordinator's HTTP.
///
/// Slower, and with the same promises: each call is a transaction of PostgreSQL, and the epoch fences what is reported.
package final class HTTPQueue: WorkQueue {
    private let client: TediClient
    /// For beats: one that is not answered must leave time for the next.
    private let pulse: TediClient
    private let lease: Duration
    private let isInterrupted = Mutex(false)

    /// - Parameters:
    ///   - client: Speaks to the coordinator; its owner closes it.
    ///   - lease: How long this worker may be silent.
    package init(_ client: TediClient, lease: Duration) {
        // Each stage tries again by itself, and knows what it can do meanwhile.
        self.client = client.retrying(.once)
        pulse = self.client.within(lease / 4)
        self.lease = lease
    }

    package func register(_ worker: WorkerAnnouncement) async throws {
        try await client.register(
            RegisterBody(
                worker: worker.name.rawValue, host: worker.host, version: worker.version, device: worker.device,
                pool: worker.pool, capacity: worker.capacity, memory: worker.memory,
                models: worker.models.map { model in
                    ModelAnnouncement(
                        name: model.name, digest: model.digest, resolution: model.resolution, layers: model.layers,
                        words: model.vocabulary, kinds: model.kinds.map(\.rawValue),
                        abilities: model.abilities.map(\.rawValue).sorted())
                }))
    }

    /// The coordinator takes a worker off the list that does not beat any more.
    package func unregister(_ worker: WorkerName) async throws {}

    package func lanes(pool: String, models: [AnnouncedModel]) async throws -> [Lane] {
        let views = try await client.lanes().filter { $0.pool == pool }
        return models.flatMap { model in
            model.kinds.flatMap { kind in
                views.filter { $0.model == model.digest && $0.kind == kind.rawValue }.map { view in
                    Lane(
                        id: LaneID(view.id), pool: view.pool, kind: view.kind, modelDigest: view.model,
                        band: Band(name: view.band.rawValue) ?? .bulk)
                }
            }
        }
    }

    package func claim(
        from wishes: [(lane: LaneID, limit: Int)], by worker: WorkerName
    ) async throws -> [DispatchedJob] {
        let body = ClaimBody(
            worker: worker.rawValue, lanes: wishes.map(\.lane.rawValue), limits: wishes.map(\.limit),
            milliseconds: lease.wholeMilliseconds)
        return try await client.claim(body).map { view in
            let checkpoint = view.checkpoint.map { Checkpoint(step: view.checkpointStep ?? 0, digest: $0) }
            return DispatchedJob(
                lease: Lease(job: JobID(view.job), epoch: Epoch(view.epoch)), batch: BatchID(view.batch),
                lane: LaneID(view.lane), attempt: view.attempt, crashes: view.crashes, checkpoint: checkpoint,
                payload: Array(view.payload.utf8))
        }
    }

    package func waitForWork(in lanes: [LaneID], timeout: Duration) async throws -> Bool {
        guard !isInterrupted.withLock({ $0 }) else { return false }
        return try await client.waitForWork(
            ClaimBody(
                worker: "-", lanes: lanes.map(\.rawValue), limits: lanes.map { _ in 1 },
                milliseconds: timeout.wholeMilliseconds))
    }

    package func interruptWait() async { isInterrupted.withLock { $0 = true } }

    package func begin(_ leases: [Lease], by worker: WorkerName) async throws {
        _ = try await send(leases.map { ($0, .started) }, by: worker)
    }

    package func beat(_ leases: [Lease], by worker: WorkerName, urgent: [LaneID]) async throws -> BeatReport {
        var report = BeatReport(answers: [:], isRegistered: true)
        for start in stride(from: 0, through: max(0, leases.count - 1), by: Limits.maximumFacts) {
            let group = leases.dropFirst(start).prefix(Limits.maximumFacts)
            let answer = try await pulse.beat(
                BeatBody(
                    worker: worker.rawValue, leases: group.map(\.description), urgent: urgent.map(\.rawValue),
                    milliseconds: lease.wholeMilliseconds))
            let held = Set(answer.held)
            for lease in group { report.answers[lease] = held.contains(lease.description) ? .held : .lost }
            report.isRegistered = answer.registered
            report.order = WorkerOrder.allCases.first { $0.name == answer.order } ?? .work
            report.shouldYield = answer.yield
        }
        return report
    }

    package func report(_ facts: [(lease: Lease, event: Fact.Event)], by worker: WorkerName) async throws -> [Bool] {
        try await send(facts, by: worker)
    }

    package func finish(_ facts: [(lease: Lease, event: Fact.Event)], by worker: WorkerName) async throws -> [Bool] {
        try await send(facts, by: worker)
    }

    package func close() async {}

    private func send(_ facts: [(lease: Lease, event: Fact.Event)], by worker: WorkerName) async throws -> [Bool] {
        var accepted: [Bool] = []
        for start in stride(from: 0, to: facts.count, by: Limits.maximumFacts) {
            let texts = facts.dropFirst(start).prefix(Limits.maximumFacts).map { lease, event in
                "\(event.kind) \(lease.job) \(lease.epoch) \(String(decoding: event.encodedBody(), as: UTF8.self))"
            }
            accepted += try await client.report(FactsBody(worker: worker.rawValue, facts: texts))
        }
        return accepted
    }
}

extension Duration {
    /// Milliseconds without their fraction.
    fileprivate var wholeMilliseconds: Int64 { Int64(milliseconds) }
}
