import AsyncHTTPClient
import Foundation
import Fuzzing
import JobAPI
import JobDispatch
import Jobs
import NIOCore
import Redis
import Testing

@testable import Coordinator

@Suite("Hostile uploads, bodies and facts", .timeLimit(.minutes(15)))
struct FuzzTests {
    private static let check = CaptionCheck(model: "demo", words: ["a", "man", "woman", "beard"])

    private static func line(_ generator: inout SplitMix64) -> [UInt8] {
        var object: [String: Any] = ["caption": "a man " + Texts.odd(upTo: 20, using: &generator)]
        if Bool.random(using: &generator) { object["custom_id"] = Texts.odd(upTo: 3, using: &generator) }
        if Bool.random(using: &generator) { object["seed"] = Int64.random(in: 0...9, using: &generator) }
        return ((try? JSONSerialization.data(withJSONObject: object)).map { Array($0) } ?? []) + [0x0A]
    }

    private static func upload(_ generator: inout SplitMix64) -> [UInt8] {
        let lines = (0..<Int.random(in: 0...8, using: &generator)).flatMap { _ in line(&generator) }
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: return lines
        case 1: return Mutation.noise(upTo: 2_000, using: &generator)
        case 2: return [0x1F, 0x8B, 8, 0] + Mutation.noise(upTo: 500, using: &generator)
        default: return Mutation.damaged(lines, using: &generator)
        }
    }

    @Test("What an upload holds does not depend on how the network cuts it")
    func chunks() {
        for var run in Fuzz(cases: 1_000) {
            let bytes = Self.upload(&run.generator)
            var whole = UploadReader(from: 0, maximumLines: 100, check: Self.check)
            whole.feed(bytes)
            whole.finish()
            var cut = UploadReader(from: 0, maximumLines: 100, check: Self.check)
            for chunk in Mutation.chunks(of: bytes, using: &run.generator) { cut.feed(chunk) }
            cut.finish()
            #expect(cut.line == whole.line, "\(run)")
            #expect(cut.errors == whole.errors, "\(run)")
            #expect(cut.items == whole.items && (cut.errors.isEmpty || cut.items.isEmpty), "\(run)")
            #expect(cut.errors.count <= Limits.maximumItemErrors, "\(run)")
            #expect(cut.errors.allSatisfy { (1...1_500).contains($0.message.utf8.count) }, "\(run)")
        }
    }

    @Test("Items that are taken a multiple at a time are, with the rest, those of the upload")
    func takenItems() {
        for var run in Fuzz(cases: 300) {
            let lines = Int.random(in: 1...60, using: &run.generator)
            let size = Int.random(in: 1...20, using: &run.generator)
            let bytes = (0..<lines).flatMap { Array("{\"caption\": \"a man\", \"custom_id\": \"n\($0)\"}\n".utf8) }
            var reader = UploadReader(from: 0, maximumLines: 100, check: Self.check)
            var taken: [String?] = []
            for chunk in Mutation.chunks(of: bytes, using: &run.generator) {
                reader.feed(chunk)
                let had = reader.items.count
                let items = reader.takeItems(multipleOf: size)
                #expect(had < size ? items.count == had : items.count % size == 0 && had - items.count < size, "\(run)")
                #expect((reader.itemBytes == 0) == reader.items.isEmpty, "\(run)")
                taken += items.map(\.customID)
                #expect(reader.line == taken.count + reader.items.count, "\(run)")
            }
            reader.finish()
            taken += reader.takeItems().map(\.customID)
            #expect(taken == (0..<lines).map { "n\($0)" }, "\(run)")
            #expect(reader.items.isEmpty && reader.itemBytes == 0, "\(run)")
        }
    }

    @Test("A line without an end is given up once it is hopeless")
    func endlessLine() {
        var reader = UploadReader(from: 0, maximumLines: 100, check: Self.check)
        let chunk = [UInt8](repeating: 0x61, count: 64 << 10)
        var fed = 0
        while !reader.isFull, fed < 64 << 20 {
            reader.feed(chunk)
            fed += chunk.count
        }
        reader.finish()
        #expect(fed <= UploadReader.hopelessLineBytes + chunk.count)
        #expect(reader.errors.map(\.code) == [.lineTooLong])
        #expect(!reader.isTooLong)
    }

    @Test("Hostile uploads over HTTP are answered with a receipt or a 4xx in Problem Details")
    func uploads() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                for var run in Fuzz(cases: 80) {
                    let batch = try await api.createBatch()
                    let bytes = Self.upload(&run.generator)
                    var reader = UploadReader(from: 0, maximumLines: 1_000, check: Self.check)
                    reader.feed(bytes)
                    reader.finish()
                    let from = [0, 0, 0, 1, 999_999].randomElement(using: &run.generator) ?? 0
                    let answer = try await api.upload(bytes, to: batch.id, from: from)
                    try Self.expectTyped(answer, run)
                    guard answer.status == 200 else { continue }
                    let receipt = try answer.read(UploadReceipt.self)
                    #expect(receipt.received == reader.line, "\(run)")
                    #expect(try await api.batch(batch.id).items == receipt.received, "\(run)")
                    let jobs = try await api.get(Routes.jobs(of: batch.id), as: JobPage.self).jobs
                    for (job, item) in zip(jobs, reader.items) {
                        #expect(Array(job.request.caption.utf8) == Array(item.caption.utf8), "\(run)")
                        #expect(job.customID == item.customID, "\(run)")
                    }
                }
            }
        }
    }

    @Test("Hostile bodies of batches are answered with a batch of the same fields or a 4xx in Problem Details")
    func bodies() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                for var run in Fuzz(cases: 200) {
                    let bytes = Self.body(&run.generator)
                    var headers = ["content-type": "application/json"]
                    if Bool.random(using: &run.generator) {
                        headers["idempotency-key"] = String(
                            repeating: "k", count: [1, 255, 256, 9_000].randomElement(using: &run.generator) ?? 1)
                    }
                    let answer = try await coordinator.api.send(
                        "POST", Routes.batches, body: .bytes(ByteBuffer(bytes: bytes)), headers: headers)
                    try Self.expectTyped(answer, run)
                    guard answer.status == 201, answer.headers["idempotency-replayed"] == nil else { continue }
                    let batch = try answer.read(BatchView.self)
                    let asked = try WireFormat.decode(CreateBatchBody.self, from: Data(bytes))
                    #expect(Array(batch.name.utf8) == Array(asked.name.utf8), "\(run)")
                    #expect(batch.samples == asked.samples && batch.seed == asked.seed, "\(run)")
                    #expect(batch.priority == asked.priority && batch.truncation == asked.truncation, "\(run)")
                }
            }
        }
    }

    @Test("Hostile bodies of workers are answered with 2xx or a 4xx in Problem Details")
    func workerBodies() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let paths = [Routes.claim, Routes.beat, Routes.facts, Routes.registerWorker]
                for var run in Fuzz(cases: 300) {
                    let path = paths.randomElement(using: &run.generator) ?? Routes.claim
                    let answer = try await coordinator.api.send(
                        "POST", path, body: .bytes(ByteBuffer(bytes: Self.workerBody(&run.generator))),
                        headers: ["content-type": "application/json"])
                    if answer.status >= 300 { try Self.expectTyped(answer, run) }
                }
                #expect(try await coordinator.api.send("GET", Routes.status).status == 200)
            }
        }
    }

    /// A body that has the fields of all these routes, with numbers as far out as they come.
    private static func workerBody(_ generator: inout SplitMix64) -> [UInt8] {
        func number() -> Int64 {
            [.min, -1, 0, 1, 5, 12_000, 1 << 31, 1 << 32, .max].randomElement(using: &generator) ?? 0
        }
        func numbers() -> [Int64] { (0..<Int.random(in: 0...3, using: &generator)).map { _ in number() } }
        let lease = "\(number()):\(number())"
        let model: [String: Any] = [
            "name": Texts.odd(upTo: 8, using: &generator), "digest": String(repeating: "e", count: 64),
            "resolution": number(), "layers": number(), "words": ["a"], "kinds": ["generate", "?"],
        ]
        let object: [String: Any] = [
            "worker": "w", "lanes": numbers(), "limits": numbers(), "milliseconds": number(), "leases": [lease],
            "urgent": numbers(), "facts": ["done \(number()) \(number()) {}", "started \(number()) \(number()) "],
            "host": "h", "version": "1", "device": "cpu", "pool": Texts.odd(upTo: 8, using: &generator),
            "capacity": number(), "memory": number(), "models": [model],
        ]
        let right = (try? JSONSerialization.data(withJSONObject: object)).map { Array($0) } ?? []
        return Int.random(in: 0..<4, using: &generator) == 0 ? Mutation.damaged(right, using: &generator) : right
    }

    private static func body(_ generator: inout SplitMix64) -> [UInt8] {
        var object: [String: Any] = ["name": "x" + Texts.odd(upTo: 20, using: &generator), "model": "demo"]
        if Bool.random(using: &generator) { object["samples"] = Int.random(in: -1...1_001, using: &generator) }
        if Bool.random(using: &generator) { object["seed"] = UInt64.random(in: 0 ... .max, using: &generator) }
        if Bool.random(using: &generator) { object["priority"] = Int.random(in: -101...101, using: &generator) }
        if Bool.random(using: &generator) { object["truncation"] = Double.random(in: -0.1...2.1, using: &generator) }
        let right = (try? JSONSerialization.data(withJSONObject: object)).map { Array($0) } ?? []
        switch Int.random(in: 0..<6, using: &generator) {
        case 0, 1: return right
        case 2: return Mutation.noise(upTo: 200, using: &generator)
        default: return Mutation.damaged(right, using: &generator)
        }
    }

    @Test("Hostile paths and queries are answered with what is there or a 4xx in Problem Details")
    func paths() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let paths = [
                    "/v1/batches/", "/v1/jobs/", "/v1/artifacts/", "/v1/batches?cursor=", "/v1/batches?limit=",
                    "/v1/batches/1/jobs?state=", "/v1/", "/",
                ]
                let allowed = Array("0123456789abcdefZ%-+._~:@!$&'()*,;=/?".utf8)
                for var run in Fuzz(cases: 200) {
                    let tail = (0..<Int.random(in: 0...30, using: &run.generator)).map { _ in
                        allowed[Int.random(in: allowed.indices, using: &run.generator)]
                    }
                    let path =
                        (paths.randomElement(using: &run.generator) ?? "/") + String(decoding: tail, as: UTF8.self)
                    guard URL(string: coordinator.api.base + path) != nil else { continue }
                    let method =
                        ["GET", "DELETE", "POST", "PUT", "PATCH"].randomElement(using: &run.generator) ?? "GET"
                    try Self.expectTyped(try await coordinator.api.send(method, path), run)
                }
            }
        }
    }

    private static func expectTyped(_ answer: API.Answer, _ run: Fuzz.Case) throws {
        #expect(answer.status < 500, "\(answer.status) \(String(decoding: answer.body, as: UTF8.self)); \(run)")
        guard answer.status >= 400 else { return }
        #expect(answer.headers["content-type"] == Routes.problemContentType, "\(run)")
        let problem = try answer.problem
        #expect(problem.status == answer.status && !problem.detail.isEmpty, "\(run)")
        #expect(answer.body.count < 64 << 10, "\(answer.body.count) bytes; \(run)")
    }

    @Test("A packed body is refused with 415 and the words to mend it, announced or not")
    func packed() async throws {
        let gzip: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let batch = try await api.createBatch()
                for (method, path) in [("PUT", Routes.items(of: batch.id)), ("POST", Routes.batches)] {
                    let answer = try await api.send(
                        method, path, body: .bytes(ByteBuffer(bytes: gzip)), headers: ["content-encoding": "gzip"])
                    #expect(answer.status == 415)
                    #expect(try answer.problem.code == .unsupportedMediaType)
                    #expect(try answer.problem.detail.contains("gzip"))
                }
                let silent = try await api.upload(gzip, to: batch.id)
                #expect(silent.status == 422)
                #expect(try silent.problem.errors.first?.message.contains("gzip") == true)
                let identity = try await api.send(
                    "PUT", Routes.items(of: batch.id), body: .bytes(ByteBuffer(bytes: API.lines(1))),
                    headers: ["content-encoding": "identity", "content-type": Routes.itemsContentType])
                #expect(identity.status == 200)
            }
        }
    }

    @Test("Whatever a stranger writes into the stream of facts, those of workers are recorded")
    func facts() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let redis = RedisConnection(try RedisOptions(address: world.redis))
                let stream = RedisArgument.string("tedi:{\(world.namespace)}:up")
                let worker = try TestWorker("honest", in: world)
                try await worker.register()
                let batch = try await coordinator.api.submit(20)
                var held: [DispatchedJob] = []
                let deadline = ContinuousClock.now + .seconds(60)
                while held.isEmpty, ContinuousClock.now < deadline { held = try await worker.claim(1) }
                let claimed = held.map(\.lease)
                for var run in Fuzz(cases: 200) {
                    var entry: [RedisArgument] = ["XADD", stream, "*"]
                    let name =
                        Bool.random(using: &run.generator)
                        ? Array("honest".utf8) : Mutation.piece(using: &run.generator)
                    entry += ["w", .bytes(name)]
                    for _ in 0..<Int.random(in: 0...5, using: &run.generator) {
                        entry.append("f")
                        entry.append(.bytes(Self.fact(claimed, &run.generator)))
                    }
                    try await redis.command(entry)
                    // It is alive, however long this takes.
                    try await worker.beat(claimed)
                }
                await redis.close()
                // What was said of its job by others has not taken it from its holder.
                #expect(try await worker.finish(held, TestWorker.result) == [true])
                worker.start()
                let done = Routes.batch(batch.id)
                try await eventually("the stream is empty again") {
                    try await coordinator.api.get(Routes.status, as: StatusView.self).pendingFacts == 0
                }
                try await eventually("the batch is finished") {
                    try await coordinator.api.get(done, as: BatchView.self).state == .finished
                }
                await worker.kill()
                #expect(try await world.ended() == (rows: 20, jobs: 20))
            }
        }
    }

    /// Anything but a fact that ends the execution of a job, which only its epoch would tell from a true one.
    private static func fact(_ claimed: [Lease], _ generator: inout SplitMix64) -> [UInt8] {
        let job = claimed.randomElement(using: &generator)?.job ?? JobID(1)
        let epoch = Int64.random(in: .min ... .max, using: &generator)
        let bodies = ["", "{}", "{\"begun\":1}", "{\"milliseconds\":99999999999999999999}", "{\"code\":\"x\\u0000\"}"]
        let kinds = ["started", "done", "failed", "snoozed", "lost", "nonsense", ""]
        let text =
            "\(kinds.randomElement(using: &generator) ?? "") \(job) \(epoch) \(bodies.randomElement(using: &generator) ?? "")"
        return Bool.random(using: &generator) ? Array(text.utf8) : Mutation.damaged(Array(text.utf8), using: &generator)
    }
}
