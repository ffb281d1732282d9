import Artifacts
import JobAPI
import JobDispatch
import JobStore
import Jobs
import Logging
import Redis
import Testing
import WorkerRuntime

/// A worker as it is shipped, but for its model, which hears the orders of an operator.
@Suite("A worker under orders", .timeLimit(.minutes(15)))
struct OrderedWorkerTests {
    private static let name = "ordered"

    /// Draws black squares.
    private struct BlackModel: ImageModel {
        let identity = ModelIdentity(
            name: "black", digest: String(repeating: "b", count: 64), resolution: 8, layers: 2,
            vocabulary: ["a", "man"], device: "cpu", versions: ["test": "1"])

        func objection(to request: JobRequest) -> String? { nil }

        func generate(_ requests: [JobRequest]) throws(ModelError) -> [GeneratedImage] {
            requests.map { _ in
                GeneratedImage(
                    pixels: [UInt8](repeating: 0, count: 8 * 8 * 3), width: 8, height: 8,
                    code: [Float](repeating: 0, count: 8), layers: 2, attributes: [:])
            }
        }

        func selfTest() throws(ModelError) {}
    }

    private static func worker(in world: World, logger: Logger) throws -> Worker {
        var options = Worker.Options()
        options.name = WorkerName(sanitizing: name)
        options.batch = 4
        options.beat = .milliseconds(200)
        return Worker(
            options,
            queue: JobDispatch(
                try RedisOptions(address: world.redis),
                configuration: DispatchConfiguration(namespace: world.namespace, beat: .milliseconds(200)),
                logger: Logger(label: "test.ordered")),
            artifacts: LocalArtifactStore(directory: world.artifacts), logger: logger, makeModels: [{ BlackModel() }])
    }

    private static func submit(_ lines: Int, to api: API) async throws -> BatchView {
        let items = Array(repeating: #"{"caption": "a man"}"#, count: lines).joined(separator: ", ")
        return try await api.post(
            Routes.batches, json: #"{"name": "n", "model": "black", "items": [\#(items)]}"#
        ).read(BatchView.self)
    }

    /// Gives an order, and waits until the worker says that it has heard it.
    private static func order(_ order: String, at api: API, heardIn log: LogText) async throws {
        func heard() -> Int { log.text.split(separator: "\n").count { $0.contains("Ordered by an operator") } }
        let before = heard()
        let answer = try await api.send("POST", Routes.order(order, worker: name))
        #expect(try answer.read(WorkerView.self).order == order)
        try await eventually("the worker hears “\(order)”") { heard() > before }
    }

    /// Waits until the worker has beaten so often, as Redis has it.
    private static func beats(_ count: Int, in world: World) async throws {
        let dispatch = try world.dispatch()
        var (beats, last) = (0, Duration.zero)
        try await eventually("the worker beats") {
            let workers = try await dispatch.workers()
            let silence = try #require(workers.first { $0.announcement.name.rawValue == name }).silence
            // Silence grows until the next beat.
            if silence < last { beats += 1 }
            last = silence
            return beats >= count
        }
        await dispatch.close()
    }

    @Test("Told to be quiet it claims nothing, told to work it goes on, told to drain it ends")
    func orders() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let log = LogText()
                let worker = try Self.worker(in: world, logger: log.logger)
                let run = Task { try await worker.run() }
                do {
                    try await Self.followOrders(coordinator.api, world, log)
                    try await run.value
                } catch {
                    worker.abandon()
                    _ = await run.result
                    throw error
                }
                #expect(worker.heldCount == 0)
            }
        }
    }

    private static func followOrders(_ api: API, _ world: World, _ log: LogText) async throws {
        try await eventually("the worker and its model are known") {
            try await api.get(Routes.models, as: ModelList.self).models.contains { $0.name == "black" }
        }
        let shown = try await api.get(Routes.worker(name), as: WorkerView.self)
        #expect(shown.order == "work" && shown.models == ["black"] && shown.capacity == 4)
        let store = try world.store()
        let first = try await submit(3, to: api)
        try await eventually("it works") { try await api.batch(first.id).state == .finished }

        try await order("quiet", at: api, heardIn: log)
        let second = try await submit(3, to: api)
        try await eventually("the jobs are there to be claimed") {
            try await store.batch(BatchID(second.id)).counts.running == 3
        }
        try await beats(5, in: world)
        let waiting = try await api.batch(second.id)
        #expect(waiting.counts == Counts(queued: 3))
        #expect(waiting.waiting?.code == .unschedulable)
        #expect(waiting.waiting?.message.contains("told to drain or to be quiet") == true)

        try await order("work", at: api, heardIn: log)
        try await eventually("it goes on") { try await api.batch(second.id).state == .finished }
        let jobs = try await api.get(Routes.jobs(of: second.id), as: JobPage.self).jobs
        #expect(jobs.map(\.worker) == [name, name, name])

        try await order("drain", at: api, heardIn: log)
        try await eventually("it ends") { log.text.contains("Worker stopped") }
        let third = try await submit(1, to: api)
        try await eventually("the job is there to be claimed") {
            try await store.batch(BatchID(third.id)).counts.running == 1
        }
        #expect(try await api.batch(third.id).counts == Counts(queued: 1))
        #expect(try await api.get(Routes.worker(name), as: WorkerView.self).order == "drain")
    }
}
