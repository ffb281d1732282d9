import HTTPTypes
import Hummingbird
import JobAPI
import JobStore
import Jobs

/// The routes of workers that claim from the coordinator instead of Redis; see `JobStore.claim(from:by:lease:)`.
struct WorkQueueRoutes {
    /// Longest lease that a worker may ask for.
    static let longestLease = Duration.seconds(600)
    /// Longest wait for work.
    static let longestWait = Duration.seconds(5)
    /// Time between two looks while somebody waits; a ring cuts it short.
    private static let look = Duration.milliseconds(100)

    let store: JobStore
    let rate: RateMeter

    func add(to router: Router<AccessContext>) {
        router.post(RouterPath(Routes.registerWorker)) { request, _ in
            let body = try await Self.read(RegisterBody.self, request)
            try await store.announce([try WorkerAnnouncement(body)])
            return Response(status: .noContent)
        }
        router.get(RouterPath(Routes.lanes)) { _, _ in
            try await Answers.json(LaneList(lanes: store.lanes().map { LaneView($0) }))
        }
        router.post(RouterPath(Routes.claim)) { request, _ in
            let body = try await Self.read(ClaimBody.self, request)
            let jobs = try await store.claim(
                from: Self.wishes(of: body), by: Self.worker(body.worker), lease: Self.lease(body.milliseconds))
            return try Answers.json(ClaimAnswer(jobs: jobs.map { ClaimedJobView($0) }))
        }
        router.post(RouterPath(Routes.waitForWork)) { request, _ in
            let body = try await Self.read(ClaimBody.self, request)
            return try Answers.json(WaitAnswer(work: try await waits(body)))
        }
        router.post(RouterPath(Routes.beat)) { request, _ in try await beat(Self.read(BeatBody.self, request)) }
        router.post(RouterPath(Routes.facts)) { request, _ in try await facts(Self.read(FactsBody.self, request)) }
    }

    private func waits(_ body: ClaimBody) async throws -> Bool {
        let lanes = Set(body.lanes.map { LaneID($0) })
        let deadline = ContinuousClock.now + min(.milliseconds(max(0, body.milliseconds)), Self.longestWait)
        while true {
            if try await store.readyLanes().contains(where: lanes.contains) { return true }
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: Self.look)
        }
    }

    private func beat(_ body: BeatBody) async throws -> Response {
        let report = try await store.renew(
            try Self.limited(body.leases).map(Self.lease(spelt:)), of: Self.worker(body.worker),
            lease: Self.lease(body.milliseconds), urgent: body.urgent.prefix(Limits.maximumFacts).map { LaneID($0) })
        return try Answers.json(
            BeatAnswerBody(
                held: report.held.map(\.description), registered: report.isRegistered, order: report.order.name,
                yield: report.shouldYield))
    }

    private func facts(_ body: FactsBody) async throws -> Response {
        let worker = try Self.worker(body.worker)
        let facts = try Self.limited(body.facts).map { text in
            do {
                return try Fact(decoding: Array(text.utf8), from: worker)
            } catch {
                throw Problems.malformedBody("A fact cannot be read: \(error).")
            }
        }
        let (accepted, report) = try await store.settle(facts)
        rate.add(report.ended)
        return try Answers.json(FactsAnswer(accepted: accepted))
    }

    // MARK: Reading

    private static func read<Body: Decodable>(_ type: Body.Type, _ request: Request) async throws -> Body {
        var request = request
        return try await request.decode(type, upTo: Limits.maximumWorkerBodyBytes)
    }

    private static func worker(_ name: String) throws -> WorkerName {
        guard let name = WorkerName(rawValue: name) else {
            throw Problems.malformedBody("The field \"worker\" has to be 1 to 128 printable characters.")
        }
        return name
    }

    private static func lease(_ milliseconds: Int64) throws -> Duration {
        let lease = Duration.milliseconds(milliseconds)
        guard (.seconds(1)...longestLease).contains(lease) else {
            throw Problems.malformedBody("The field \"milliseconds\" has to be from 1000 to 600000.")
        }
        return lease
    }

    private static func limited(_ list: [String]) throws -> [String] {
        guard list.count <= Limits.maximumFacts else {
            throw Problems.malformedBody("At most \(Limits.maximumFacts) leases or facts go into one request.")
        }
        return list
    }

    private static func wishes(of body: ClaimBody) throws -> [(lane: LaneID, limit: Int)] {
        guard body.lanes.count == body.limits.count, body.lanes.count <= Limits.maximumFacts else {
            throw Problems.malformedBody("The fields \"lanes\" and \"limits\" have to be of one length.")
        }
        return zip(body.lanes, body.limits).map { (LaneID($0), $1) }
    }

    private static func lease(spelt text: String) throws -> Lease {
        let numbers = text.split(separator: ":", maxSplits: 1).compactMap { Int64($0) }
        guard numbers.count == 2 else { throw Problems.malformedBody("A lease is spelt job:epoch.") }
        return Lease(job: JobID(numbers[0]), epoch: Epoch(numbers[1]))
    }
}

extension WorkerAnnouncement {
    /// What a worker says of itself, within the limits of what is kept.
    init(_ body: RegisterBody) throws {
        guard let name = WorkerName(rawValue: body.worker), body.models.count <= 64,
            [body.host, body.version, body.device, body.pool].allSatisfy({ $0.utf8.count <= 256 }),
            body.models.allSatisfy({
                $0.name.utf8.count <= 200 && $0.digest.utf8.count == 64 && $0.words.count <= 100_000
                    && $0.kinds.count <= 64 && ($0.abilities ?? []).count <= 64
            })
        else { throw Problems.malformedBody("The announcement of the worker is not within its limits.") }
        self.init(
            name: name, host: body.host, version: body.version, device: body.device, pool: body.pool,
            capacity: body.capacity, memory: body.memory,
            models: body.models.map { model in
                AnnouncedModel(
                    name: model.name, digest: model.digest, resolution: model.resolution, layers: model.layers,
                    vocabulary: model.words, kinds: model.kinds.compactMap(JobKind.init(rawValue:)),
                    abilities: model.abilities.map { Set($0.compactMap(Ability.init(rawValue:))) } ?? [.words])
            })
    }
}

extension LaneView {
    /// A lane as the interface shows it.
    init(_ lane: Lane) {
        self.init(
            id: lane.id.rawValue, pool: lane.pool, kind: lane.kind, model: lane.modelDigest, band: BatchBand(lane.band))
    }
}

extension ClaimedJobView {
    /// An execution as the interface hands it out.
    init(_ job: DispatchedJob) {
        self.init(
            job: job.lease.job.rawValue, epoch: job.lease.epoch.rawValue, batch: job.batch.rawValue,
            lane: job.lane.rawValue, attempt: job.attempt, crashes: job.crashes, checkpointStep: job.checkpoint?.step,
            checkpoint: job.checkpoint?.digest, payload: String(decoding: job.payload, as: UTF8.self))
    }
}
