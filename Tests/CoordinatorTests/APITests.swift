import Artifacts
import Foundation
import JobAPI
import JobStore
import Jobs
import Testing

@testable import Coordinator

@Suite("HTTP interface, over PostgreSQL and Redis", .timeLimit(.minutes(15)))
struct APITests {
    @Test("A batch goes from creation to results")
    func happyPath() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let batch = try await api.createBatch(samples: 4)
                #expect(batch.state == .open)
                #expect(batch.counts == Counts())
                let receipt = try await api.upload(API.lines(10), to: batch.id).read(UploadReceipt.self)
                #expect(receipt == UploadReceipt(batch: batch.id, accepted: 10, received: 10))
                let sealed = try await api.send("POST", Routes.seal(batch.id))
                #expect(sealed.status == 200)
                #expect(try sealed.read(BatchView.self).counts.total == 40)

                let worker = try TestWorker("w", in: world)
                worker.start()
                try await eventually("finished") { try await api.batch(batch.id).state == .finished }
                await worker.kill()
                let finished = try await api.batch(batch.id)
                #expect(finished.counts == Counts(succeeded: 40))
                #expect(finished.finishedAt != nil)
                try await checkJobs(api, batch.id)
                try await checkManifest(api, batch.id, in: world)
                let ended = try await world.ended()
                #expect(ended.rows == 40)
            }
        }
    }

    @Test("A job that waits in Redis for a worker is listed as queued, not as running")
    func waitingInRedis() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let batch = try await coordinator.api.submit(40)
                try await eventually("some jobs are in Redis") {
                    try await world.store().batch(BatchID(batch.id)).counts.running > 0
                }
                let api = coordinator.api
                let queued = try await api.get(Routes.jobs(of: batch.id, state: .queued), as: JobPage.self)
                #expect(queued.jobs.count == batch.counts.total)
                #expect(queued.jobs.allSatisfy { $0.state == .queued })
                let running = try await api.get(Routes.jobs(of: batch.id, state: .running), as: JobPage.self)
                #expect(running.jobs.isEmpty)
            }
        }
    }

    /// Every job is listed once, in order, over pages that do not divide evenly, and looks as it should.
    private func checkJobs(_ api: API, _ batch: Int64) async throws {
        var jobs: [JobView] = []
        var cursor: String?
        repeat {
            let page = try await api.get(Routes.jobs(of: batch, cursor: cursor, limit: 7), as: JobPage.self)
            jobs += page.jobs
            cursor = page.next
        } while cursor != nil
        #expect(jobs.map(\.line) == (1...10).flatMap { Array(repeating: $0, count: 4) })
        #expect(jobs.map(\.sample) == (1...10).flatMap { _ in [0, 1, 2, 3] })
        let job = try await api.get(Routes.job(jobs[9].id), as: JobView.self)
        #expect(job == jobs[9])
        #expect(job.customID == "c2")
        #expect(job.state == .succeeded)
        #expect(job.attempts == 1)
        #expect(job.worker == "w")
        #expect(job.request.caption == "a man with beard number 2")
        #expect(job.request.seed == 9)
        #expect(job.result?.image == TestWorker.hex(job.id))
        #expect(job.result?.pack == TestWorker.digest)
        let none = try await api.get(Routes.jobs(of: batch, state: .failed), as: JobPage.self)
        #expect(none.jobs.isEmpty)
        #expect(try await api.send("GET", Routes.job(999_999_999)).problem.code == .notFound)
    }

    private func checkManifest(_ api: API, _ batch: Int64, in world: World) async throws {
        let jobs = try await api.get(Routes.jobs(of: batch, limit: 1), as: JobPage.self).jobs
        let id = try #require(jobs.first?.id)
        #expect(try await api.send("GET", Routes.manifest(of: id)).status == 404)
        let record = try await world.store().job(JobID(id))
        let manifest = ArtifactManifest(
            job: record.id, epoch: try #require(record.epoch),
            pack: .init(name: "demo", digest: TestWorker.digest), request: record.payload, seed: 7, sample: 0,
            attributes: [:], code: .init(digest: ArtifactDigest(of: [1]), bytes: 1, shape: [10, 128]),
            image: .init(digest: ArtifactDigest(of: [2]), bytes: 1, width: 64, height: 64), worker: "w",
            versions: [:], timings: [:])
        _ = try await LocalArtifactStore(directory: world.artifacts).write([manifest])
        let answer = try await api.send("GET", Routes.manifest(of: id))
        #expect(answer.status == 200)
        #expect(try ArtifactManifest(decoding: Array(answer.body)) == manifest)
    }

    @Test("Artifacts are served by digest, unchanging")
    func artifacts() async throws {
        try await World.with { world in
            let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3]
            let digest = try await LocalArtifactStore(directory: world.artifacts).put(png, .image)
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let answer = try await api.send("GET", Routes.artifact(digest.hex))
                #expect(answer.status == 200)
                #expect(Array(answer.body) == png)
                #expect(answer.headers["content-type"] == "image/png")
                #expect(answer.headers["etag"] == "\"\(digest)\"")
                #expect(answer.headers["cache-control"]?.contains("immutable") == true)
                let head = try await api.send("HEAD", Routes.artifact(digest.hex))
                #expect(head.status == 200)
                #expect(head.headers["content-length"] == "\(png.count)")
                #expect(head.body.isEmpty)
                let known = try await api.send(
                    "GET", Routes.artifact(digest.hex), headers: ["if-none-match": "\"\(digest)\""])
                #expect(known.status == 304)
                let missing = try await api.send("GET", Routes.artifact(String(repeating: "0", count: 64)))
                #expect(missing.status == 404)
                #expect(try missing.problem.code == .notFound)
                for path in ["..%2F..%2Fetc%2Fpasswd", "abc", digest.hex.uppercased()] {
                    #expect(try await api.send("GET", "/v1/artifacts/\(path)").status == 400)
                }
            }
        }
    }

    @Test("An Idempotency-Key gives the same batch again, or a clear refusal")
    func idempotency() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let json = #"{"name": "n", "model": "demo", "samples": 2}"#
                let key = [Routes.idempotencyKeyHeader: "k-1"]
                let first = try await api.post(Routes.batches, json: json, headers: key)
                #expect(first.status == 201)
                let id = try first.read(BatchView.self).id
                #expect(first.headers["location"] == Routes.batch(id))
                #expect(first.headers["idempotency-replayed"] == nil)
                let again = try await api.post(Routes.batches, json: json, headers: key)
                #expect(try again.read(BatchView.self).id == id)
                #expect(again.headers["idempotency-replayed"] == "true")
                let other = try await api.post(
                    Routes.batches, json: #"{"name": "n", "model": "demo", "samples": 3}"#, headers: key)
                #expect(other.status == 422)
                #expect(try other.problem.code == .idempotencyMismatch)
                let long = [Routes.idempotencyKeyHeader: String(repeating: "k", count: 256)]
                #expect(try await api.post(Routes.batches, json: json, headers: long).problem.code == .badParameter)
                let without = try await api.post(Routes.batches, json: json)
                #expect(try without.read(BatchView.self).id != id)
            }
        }
    }

    @Test("Batches are listed newest first, page by page, and an open one can be abandoned")
    func batches() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                var ids: [Int64] = []
                for number in 0..<5 { ids.append(try await api.createBatch(name: "b\(number)").id) }
                let first = try await api.get(Routes.batches(cursor: nil, limit: 2), as: BatchPage.self)
                let second = try await api.get(Routes.batches(cursor: first.next, limit: 2), as: BatchPage.self)
                let third = try await api.get(Routes.batches(cursor: second.next, limit: 2), as: BatchPage.self)
                #expect((first.batches + second.batches + third.batches).map(\.id) == ids.reversed())
                #expect(third.next == nil)
                for query in ["limit=0", "limit=1001", "limit=x", "cursor=j5", "cursor=b-1"] {
                    let answer = try await api.send("GET", "\(Routes.batches)?\(query)")
                    #expect(answer.status == 400)
                    #expect(try answer.problem.code == .badParameter)
                }
                let abandoned = try await api.send("DELETE", Routes.batch(ids[0]))
                #expect(try abandoned.read(BatchView.self).state == .abandoned)
                let late = try await api.upload(API.lines(1), to: ids[0])
                #expect(late.status == 409)
                #expect(try late.problem.code == .batchNotOpen)
                #expect(try await api.send("DELETE", Routes.batch(999_999)).status == 404)
            }
        }
    }

    @Test("The system tells about itself")
    func system() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let worker = try TestWorker("w", in: world)
                worker.start()
                try await eventually("ready") { try await api.send("GET", Routes.readiness).status == 200 }
                let health = try await api.get(Routes.readiness, as: HealthView.self)
                #expect(Set(health.checks.keys) == ["postgres", "redis", "migrations", "leader"])
                #expect(try await api.get(Routes.health, as: HealthView.self).status == "ok")
                try await eventually("worker") {
                    try await api.get(Routes.workers, as: WorkerList.self).workers.contains { $0.name == "w" }
                }
                let models = try await api.get(Routes.models, as: ModelList.self).models
                #expect(models.map(\.name) == ["demo"])
                #expect(models.first?.words == 9)
                let status = try await api.get(Routes.status, as: StatusView.self)
                #expect(status.leader?.here == true)
                #expect(status.workers == 1)
                let metrics = try await api.send("GET", Routes.metrics)
                #expect(metrics.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
                await worker.kill()
                let missing = try await api.send("GET", "/v1/nothing")
                #expect(missing.status == 404)
                #expect(missing.headers["content-type"] == Routes.problemContentType)
                #expect(try missing.problem.instance == "/v1/nothing")
            }
        }
    }
}
