import AsyncHTTPClient
import Foundation
import JobAPI
import Jobs
import NIOCore
import Testing

@testable import Coordinator

/// Every kind of job over HTTP: what may be asked for, what is refused, and how jobs hang together.
@Suite("Kinds of jobs, over HTTP", .timeLimit(.minutes(15)))
struct KindTests {
    private static func line(_ json: String) -> [UInt8] { Array((json + "\n").utf8) }

    private static func create(_ api: API, _ fields: String) async throws -> API.Answer {
        try await api.post(Routes.batches, json: #"{"name": "n", "model": "demo"\#(fields)}"#)
    }

    @Test("A chain runs link by link, and workers see nothing but artifacts")
    func chain() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let worker = try TestWorker("w", in: world)
                try await worker.register()
                let items = #"""
                    [{"caption": "a man", "custom_id": "first"},
                     {"caption": "a woman", "sketch": "line:first", "options": {"layers": [2, 3], "scores": true}},
                     {"labels": "line:2"}, {"noise": true}]
                    """#
                let made = try await Self.create(api, #", "options": {"best_of": 4}, "items": \#(items)"#)
                // A line without a caption has nothing that the best of four could be told by.
                #expect(made.status == 422)
                #expect(try made.problem.errors.map(\.line) == [3])
                let batch = try await Self.create(api, #", "seed": 7, "items": \#(items)"#).read(BatchView.self)
                #expect(batch.counts.total == 4)
                let page = try await api.get(Routes.jobs(of: batch.id), as: JobPage.self)
                let jobs = page.jobs
                #expect(jobs[1].request.inputs == InputsView(sketch: "job:\(jobs[0].id)"))
                #expect(jobs[1].request.options == OptionsBody(layers: [2, 3], scores: true))
                #expect(jobs[1].waiting?.code == .needs && jobs[1].state == .queued)
                #expect(jobs[1].waiting?.message.contains("\(jobs[0].id)") == true)
                #expect(jobs[0].waiting == nil && jobs[0].request.inputs == nil && jobs[0].request.options == nil)
                #expect(jobs[3].request.inputs == InputsView(noise: true))

                var order: [Int64] = []
                try await eventually("the chain is done") {
                    let claimed = try await worker.claimIfAny(8)
                    for job in claimed {
                        let request = try JobRequest(decoding: job.payload)
                        for reference in request.inputs.references {
                            guard case .artifact = reference else { throw TimeoutError(what: "a worker saw a job") }
                        }
                        if job.lease.job.rawValue == jobs[1].id {
                            #expect(request.inputs.sketch == .artifact(TestWorker.hex(jobs[0].id)))
                        }
                        order.append(job.lease.job.rawValue)
                    }
                    _ = try await worker.finish(claimed, TestWorker.result)
                    return try await api.batch(batch.id).state == .finished
                }
                #expect(order.filter { $0 != jobs[3].id } == jobs[..<3].map(\.id))
                #expect(Set(order).count == 4 && order.count == 4)
            }
        }
    }

    @Test("A failure goes down the chain, and the retry holds together")
    func failure() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let worker = try TestWorker("w", in: world)
                try await worker.register()
                let batch = try await Self.create(
                    api, #", "items": [{"caption": "a man"}, {"caption": "a woman", "sketch": "line:1"}]"#
                ).read(BatchView.self)
                try await eventually("all have failed") {
                    let claimed = try await worker.claimIfAny(8)
                    _ = try await worker.finish(claimed) { _ in
                        .failed(JobFailure(code: "broken", message: "no", retryable: false))
                    }
                    return try await api.batch(batch.id).counts.failed == 2
                }
                let failed = try await api.get(Routes.jobs(of: batch.id), as: JobPage.self).jobs
                #expect(failed.map { $0.failure?.code } == ["broken", "needs_failed"])
                let again = try await api.send("POST", Routes.retryFailed(of: batch.id)).read(BatchView.self)
                let jobs = try await api.get(Routes.jobs(of: again.id), as: JobPage.self).jobs
                #expect(jobs[1].request.inputs?.sketch == "job:\(jobs[0].id)")
                try await eventually("all are done") {
                    _ = try await worker.finish(try await worker.claimIfAny(8), TestWorker.result)
                    return try await api.batch(again.id).counts.succeeded == 2
                }
            }
        }
    }

    @Test("A batch that comes after another waits for it, and says so")
    func after() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let worker = try TestWorker("w", in: world)
                try await worker.register()
                let first = try await api.submit(1)
                let gated = try await Self.create(
                    api, #", "after": \#(first.id), "items": [{"caption": "a man"}]"#
                ).read(BatchView.self)
                #expect(gated.after == first.id && gated.waiting?.code == .needs)
                #expect(gated.waiting?.message.contains("batch \(first.id)") == true)
                let naming = try await Self.create(
                    api, #", "after": \#(first.id), "items": [{"caption": "a man", "sketch": "after:c0"}]"#
                ).read(BatchView.self)
                try await eventually("all are done") {
                    _ = try await worker.finish(try await worker.claimIfAny(8), TestWorker.result)
                    let states = [try await api.batch(gated.id).state, try await api.batch(naming.id).state]
                    return states == [.finished, .finished]
                }
                let open = try await Self.create(api, "").read(BatchView.self)
                let last = try await Self.create(
                    api, #", "after": \#(open.id), "items": [{"caption": "a man"}]"#
                ).read(BatchView.self)
                _ = try await api.send("POST", Routes.cancel(batch: open.id))
                try await eventually("what comes after a batch that is given up is called off") {
                    try await api.batch(last.id).state == .cancelled
                }
                #expect(try await api.batch(last.id).endedBecause == "needs_failed")
                for (after, status) in [("0", 422), ("999", 404), ("\(open.id)", 409), (#""x""#, 400)] {
                    #expect(try await Self.create(api, #", "after": \#(after)"#).status == status, "\(after)")
                }
            }
        }
    }

    @Test("What is not there, not allowed, or beyond the model is refused by line")
    func refusals() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                for (fields, status, code) in [
                    (#", "kind": "invert""#, 422, ProblemCode.unknownModel),
                    (#", "kind": "shrink""#, 400, .malformedBody),
                    (#", "options": {"frames": 3}"#, 422, .badBatch),
                    (#", "options": {"colour": 3}"#, 400, .malformedBody),
                    (#", "options": {"best_of": 1}"#, 422, .badBatch), (#", "truncations": [3]"#, 422, .badBatch),
                    (#", "samples": 500, "styles": [1, 2, 3]"#, 422, .badBatch),
                    (#", "kind": "optimize", "options": {"losses": {"clip": 1}}"#, 422, .unable),
                    (#", "kind": "optimize", "options": {"losses": {"warmth": 1}}"#, 422, .badBatch),
                    (#", "kind": "mix", "options": {"layers": [10]}"#, 422, .unable),
                    (#", "kind": "mix", "truncations": [0.5]"#, 422, .badBatch),
                ] {
                    let answer = try await Self.create(api, fields)
                    #expect(answer.status == status, "\(fields)")
                    #expect(try answer.problem.code == code, "\(fields)")
                }
                let lines: [(String, ProblemCode?)] = [
                    (#"{"caption": "a man", "photo": "sha256:00"}"#, .invalidField),
                    (#"{"caption": "a man", "sketch": "job:99999"}"#, .unknownInput),
                    (#"{"caption": "a man", "sketch": "sha256:\#(String(repeating: "a", count: 64))"}"#, .unknownInput),
                    (#"{"caption": "a man", "sketch": "line:7"}"#, .unknownInput),
                    (#"{"caption": "a man", "sketch": "after:7"}"#, .unknownInput),
                    (#"{"caption": "a man", "photo": "job:1"}"#, .invalidField),
                    (#"{"sketch": "job:1", "labels": "job:1"}"#, .invalidField),
                    ("{}", .missingCaption), (#"{"caption": ""}"#, nil),
                    (#"{"noise": true, "caption": "a man"}"#, .invalidField),
                    (#"{"caption": "a man", "options": {"steps": 3}}"#, .invalidField),
                    (#"{"caption": "a man", "options": {"layers": [63]}}"#, .unable),
                    (#"{"caption": "xyzzy", "sketch": "line:1"}"#, .unknownWords),
                ]
                for (line, code) in lines {
                    let batch = try await Self.create(api, "").read(BatchView.self)
                    let answer = try await api.upload(
                        Self.line(#"{"caption": "a man"}"#) + Self.line(line), to: batch.id)
                    #expect(answer.status == 422, "\(line)")
                    let error = try answer.problem.errors.first
                    #expect(error?.line == 2, "\(line)")
                    if let code { #expect(error?.code == code, "\(line)") }
                    #expect(try await api.send("DELETE", Routes.batch(batch.id)).status == 200)
                }
                // In a body, too, and with the number of the item.
                let items =
                    #"[{"caption": "a man"}, {"caption": "a man", "sketch": "nothing"}, {"caption": "a man", "sketch": "job:5"}]"#
                let answer = try await Self.create(api, #", "items": \#(items)"#)
                #expect(try answer.problem.errors.map(\.line) == [2])
                let single = try await Self.create(
                    api, #", "items": [{"caption": "a man"}, {"caption": "a man", "sketch": "job:5"}]"#)
                #expect(try single.problem.errors.map(\.line) == [2])
                #expect(try single.problem.errors.first?.code == .unknownInput)
            }
        }
    }

    @Test("A grid shows what it is, and an estimate counts it")
    func grid() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let fields = #", "samples": 2, "truncations": [0.5, 0.7], "styles": [1, 2, 3]"#
                let batch = try await Self.create(api, fields + #", "items": [{"caption": "a man"}]"#).read(
                    BatchView.self)
                #expect(batch.counts.total == 12 && batch.variants == 12 && batch.samples == 2)
                #expect(batch.truncations == [0.5, 0.7] && batch.styles == [1, 2, 3])
                let jobs = try await api.get(Routes.jobs(of: batch.id), as: JobPage.self).jobs
                #expect(jobs.map(\.sample) == Array(0..<12))
                #expect(jobs[11].request.options?.style == 3 && jobs[11].request.truncation == 0.7)

                func estimate(_ fields: String) async throws -> API.Answer {
                    try await api.post(Routes.estimate, json: #"{"name": "n", "model": "demo"\#(fields)}"#)
                }
                let before = try await estimate(fields + #", "lines": 1000"#).read(EstimateView.self)
                #expect(before == EstimateView(jobs: 12_000, imagesPerSecond: nil, seconds: nil))
                let worker = try TestWorker("w", in: world, delay: .milliseconds(20))
                try await worker.register()
                worker.start()
                try await eventually("the grid is done") { try await api.batch(batch.id).state == .finished }
                await worker.kill()
                let after = try await estimate(fields + #", "lines": 1000"#).read(EstimateView.self)
                let rate = try #require(after.imagesPerSecond)
                #expect(rate > 0 && after.seconds == 12_000 / rate)
                for (bad, status) in [
                    ("", 400), (#", "lines": 0"#, 413), (#", "lines": 1000001"#, 413),
                    (#", "lines": 1, "colour": 1"#, 400),
                    (#", "lines": 900000, "samples": 100"#, 413), (#", "lines": 1, "kind": "invert""#, 422),
                ] {
                    #expect(try await estimate(bad).status == status, "\(bad)")
                }
                let models = try await api.get(Routes.models, as: ModelList.self).models
                #expect(models.first?.kinds == ["generate", "manipulate", "optimize", "mix"])
                #expect(models.first?.abilities.contains("sketches") == true)
                #expect(models.first?.abilities.contains("clip") == false)
            }
        }
    }

    @Test("A cron entry keeps what its lines ask for")
    func cron() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                func put(_ batch: String) async throws -> API.Answer {
                    try await api.send(
                        "PUT", Routes.cron("nightly"),
                        body: .bytes(
                            ByteBuffer(
                                string: #"{"expression": "@daily", "batch": {"name": "n", "model": "demo"\#(batch)}, "#
                                    + #""items": [{"caption": "a man"}, {"sketch": "line:1", "options": {"layers": [1]}}]}"#
                            )),
                        headers: ["content-type": "application/json"])
                }
                #expect(try await put(#", "after": 1"#).problem.code == .badCron)
                #expect(try await put(#", "options": {"best_of": 2}"#).problem.code == .badItems)
                let entry = try await put(#", "options": {"scores": true}, "styles": [4, 5]"#).read(CronView.self)
                #expect(entry.batch.options == OptionsBody(scores: true) && entry.batch.styles == [4, 5])
                #expect(entry.items?[1].inputs.sketch == "line:1" && entry.items?[1].options?.layers == [1])
                let fired = try await api.send("POST", Routes.fireCron("nightly")).read(BatchView.self)
                let jobs = try await api.get(Routes.jobs(of: fired.id), as: JobPage.self).jobs
                #expect(jobs.count == 4 && jobs[3].request.inputs?.sketch == "job:\(jobs[1].id)")
            }
        }
    }

    @Test("A worker that claims over HTTP says what its models can do")
    func register() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                func register(_ abilities: String) async throws -> [String]? {
                    let digest = String(repeating: "e", count: 64)
                    let answer = try await api.post(
                        Routes.registerWorker,
                        json: #"{"worker": "h", "host": "h", "version": "1", "device": "cpu", "pool": "default", "#
                            + #""capacity": 1, "memory": 0, "models": [{"name": "other", "digest": "\#(digest)", "#
                            + #""resolution": 64, "layers": 10, "words": ["a"], "kinds": ["generate", "unheard"]\#(abilities)}]}"#
                    )
                    #expect(answer.status == 204)
                    let models = try await api.get(Routes.models, as: ModelList.self).models
                    return models.first { $0.name == "other" }?.abilities
                }
                let former = try await register("")
                #expect(former == ["words"], "as before there were any")
                let abilities = try await register(#", "abilities": ["photos", "unheard"]"#)
                #expect(abilities == ["photos"])
            }
        }
    }
}
