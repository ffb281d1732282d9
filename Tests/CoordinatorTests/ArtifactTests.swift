import Artifacts
import AsyncHTTPClient
import Client
import Foundation
import JobAPI
import JobStore
import Jobs
import NIOCore
import Testing

@testable import Coordinator

@Suite("Artifacts over HTTP", .timeLimit(.minutes(15)))
struct ArtifactTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3]
    private static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 7]
    private static let index = Array("{\"job\": 1}\n{\"job\": 2}\r\n".utf8)

    private static func code() throws -> [UInt8] {
        try LatentCodeFile(layers: 2, width: 3, values: [1, 2, 3, 4, 5, 6]).encoded()
    }

    private static func put(_ api: API, _ bytes: [UInt8], as name: String? = nil) async throws -> API.Answer {
        try await api.send(
            "PUT", Routes.artifact(name ?? ArtifactDigest(of: bytes).hex), body: .bytes(ByteBuffer(bytes: bytes)))
    }

    /// A coordinator that asks for keys, and two tenants.
    private static func withKeys(
        _ body: @Sendable (RunningCoordinator, _ a: API, _ b: API, JobStore) async throws -> Void
    ) async throws {
        try await World.with { world in
            var configuration = world.configuration(name: "keys")
            configuration.needsKeys = true
            let coordinator = try await RunningCoordinator.start(configuration)
            do {
                let store = try world.store()
                var apis: [API] = []
                for name in ["a", "b"] {
                    _ = try await store.createTenant(name)
                    let key = try await store.createKey(name: "test", tenant: name, scopes: [.submit])
                    apis.append(coordinator.api.with(key.secret.reveal()))
                }
                try await body(coordinator, apis[0], apis[1], store)
                try await coordinator.stop()
            } catch {
                await coordinator.kill()
                throw error
            }
        }
    }

    @Test("What is uploaded is its owner's, by name, until they give it up")
    func ownership() async throws {
        try await Self.withKeys { coordinator, a, b, store in
            for (bytes, kind) in [
                (Self.png, "photo"), (Self.jpeg, "photo"), (try Self.code(), "code"), (Self.index, "index"),
            ] {
                let name = ArtifactDigest(of: bytes).hex
                #expect(try await a.send("HEAD", Routes.artifact(name)).status == 404)
                let made = try await Self.put(a, bytes)
                #expect(made.status == 201)
                #expect(
                    try made.read(ArtifactView.self) == ArtifactView(digest: name, kind: kind, bytes: bytes.count))
                #expect(try await Self.put(a, bytes).status == 201, "repeating it changes nothing")
                let head = try await a.send("HEAD", Routes.artifact(name))
                #expect(head.status == 200 && head.headers["content-length"] == "\(bytes.count)")
                #expect(try await Array(a.send("GET", Routes.artifact(name)).body) == bytes)
                for method in ["GET", "HEAD", "DELETE"] {
                    #expect(try await b.send(method, Routes.artifact(name)).status == 404, "\(method)")
                }
            }
            let name = ArtifactDigest(of: Self.png).hex
            let item = #"{"name": "n", "model": "demo", "items": [{"sketch": "sha256:\#(name)"}]}"#
            #expect(try await b.post(Routes.batches, json: item).problem.errors.first?.code == .unknownInput)
            #expect(try await a.post(Routes.batches, json: item).status == 201)
            #expect(try await a.send("DELETE", Routes.artifact(name)).status == 204)
            #expect(try await a.send("DELETE", Routes.artifact(name)).status == 404)
            #expect(try await a.send("HEAD", Routes.artifact(name)).status == 404)
            #expect(try await a.post(Routes.batches, json: item).problem.errors.first?.code == .unknownInput)
            let nameless = try await coordinator.api.send("PUT", Routes.artifact(name))
            #expect(nameless.status == 401)
            _ = try await store.setLimits(TenantLimits(maximumArtifactBytes: 20), of: "b")
            #expect(try await Self.put(b, Self.png).status == 201)
            let full = try await Self.put(b, try Self.code())
            #expect(full.status == 429)
            #expect(try full.problem.code == .quotaExceeded)
        }
    }

    @Test("What is not what it says, or of no kind, is refused, and nothing is kept of it")
    func refusals() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let code = try Self.code()
                let bad: [[UInt8]] = [
                    [], [1, 2, 3], Array("hello\n".utf8), Array("{\"job\": 1}\nnot\n".utf8), Array(code.dropLast()),
                    // Pictures of nobody, and of a job that made none.
                    Array("{\"image\": \"\(TestWorker.hex(1))\"}\n".utf8),
                    Array("{\"job\": 1, \"image\": \"sha256:\(TestWorker.hex(1))\"}\n".utf8),
                    Array(code.prefix(9)), [0x89, 0x50, 0x4E, 0x47], Array(repeating: 0, count: 100),
                ]
                for bytes in bad {
                    let answer = try await Self.put(api, bytes)
                    #expect(answer.status == 422, "\(bytes.prefix(12))")
                    #expect(try answer.problem.code == .badArtifact)
                    #expect(try await api.send("HEAD", Routes.artifact(ArtifactDigest(of: bytes).hex)).status == 404)
                }
                let other = ArtifactDigest(of: Self.jpeg).hex
                let wrong = try await Self.put(api, Self.png, as: other)
                #expect(wrong.status == 422)
                #expect(try wrong.problem.detail.contains(ArtifactDigest(of: Self.png).hex))
                #expect(try await api.send("HEAD", Routes.artifact(other)).status == 404)
                for name in ["ABC", String(repeating: "A", count: 64), "..%2F..%2Fetc"] {
                    #expect(try await Self.put(api, Self.png, as: name).status == 400, "\(name)")
                }
                let large = Self.png + [UInt8](repeating: 0, count: Limits.maximumArtifactBytes)
                #expect(try await Self.put(api, large).status == 413)
                let fits = Array(large.prefix(Limits.maximumArtifactBytes))
                #expect(try await Self.put(api, fits).status == 201)
            }
        }
    }

    @Test("What is large goes out in pieces, whole, and is cut off where it is damaged")
    func large() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let store = LocalArtifactStore(directory: world.artifacts)
                for size in [ArtifactDownload.piece, ArtifactDownload.piece + 1, 3 * ArtifactDownload.piece] {
                    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
                    let name = try await store.put(bytes, .image).hex
                    let answer = try await coordinator.api.send("GET", Routes.artifact(name))
                    #expect(answer.status == 200 && answer.headers["content-length"] == "\(size)")
                    #expect(Array(answer.body) == bytes)
                    var damaged = bytes
                    damaged[5] ^= 1
                    let path = "\(world.artifacts)/objects/\(name.prefix(2))/\(name)"
                    try Data(damaged).write(to: URL(filePath: path))
                    let broken = try? await coordinator.api.send("GET", Routes.artifact(name))
                    // In one piece there is time to say so; else the connection ends before the last one.
                    #expect(broken == nil ? size > ArtifactDownload.piece : broken?.status == 500)
                }
            }
        }
    }

    @Test("Clients upload files once, ask for them, and give them up")
    func client() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let path = world.artifacts + "/photo.png"
                try Data(Self.png).write(to: URL(filePath: path))
                try await TediClient.connected(to: coordinator.api.base) { client in
                    let digest = ArtifactDigest(of: Self.png).hex
                    #expect(try await !client.hasArtifact(digest))
                    #expect(try await client.uploadArtifact(file: path) == digest)
                    #expect(try await client.uploadArtifact(file: path) == digest)
                    #expect(try await client.hasArtifact(digest))
                    #expect(try await client.artifact(digest) == Data(Self.png))
                    #expect(try await client.uploadArtifact(Data(Self.jpeg)).kind == "photo")
                    try await client.deleteArtifact(digest)
                    // The bytes are still there, and may be had; they cannot be named before they are uploaded again.
                    #expect(try await coordinator.api.send("HEAD", Routes.artifact(digest)).status == 200)
                    #expect(try await !client.hasArtifact(digest))
                    await #expect(throws: ClientError.self) { try await client.deleteArtifact(digest) }
                    await #expect(throws: ClientError.self) {
                        _ = try await client.uploadArtifact(file: path + ".none")
                    }
                    await #expect(throws: ClientError.self) { try await client.uploadArtifact(Data([1])) }
                    let body = CreateBatchBody(name: "n", model: "demo", samples: 3)
                    #expect(try await client.estimate(body, lines: 5).jobs == 15)
                    _ = try await client.uploadArtifact(Data(Self.png))
                    let batch = try await client.submit(
                        CreateBatchBody(
                            name: "edit", model: "demo", kind: .manipulate,
                            options: OptionsBody(strength: 1.5, steps: 10)),
                        items: [
                            CronItem(caption: "a man", inputs: InputsView(photo: "sha256:\(digest)")),
                            CronItem(
                                caption: "a woman", inputs: InputsView(code: "line:1"),
                                options: OptionsBody(policy: ["beard": [1, 2]])),
                        ], idempotencyKey: "k")
                    #expect(batch.kind == .manipulate && batch.options?.strength == 1.5)
                    let jobs = try await client.jobs(of: batch.id).jobs
                    #expect(jobs[0].request.kind == .manipulate)
                    #expect(jobs[0].request.inputs?.photo == "sha256:\(digest)")
                    #expect(jobs[1].request.inputs?.code == "job:\(jobs[0].id)")
                    #expect(
                        jobs[1].request.options
                            == OptionsBody(policy: ["beard": [1, 2]], strength: 1.5, steps: 10))
                }
            }
        }
    }

    @Test("Files, scores, previews and curves of a job are shown, and are for its owner")
    func details() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let worker = try TestWorker("w", in: world)
                try await worker.register()
                let batch = try await api.post(
                    Routes.batches,
                    json: #"{"name": "n", "model": "demo", "kind": "optimize", "items": [{"caption": "a man"}]}"#
                ).read(BatchView.self)
                var claimed: [DispatchedJob] = []
                try await eventually("it is claimed") {
                    claimed = try await worker.claimIfAny(1)
                    return !claimed.isEmpty
                }
                let job = try #require(claimed.first)
                let (preview, curve) = (TestWorker.hex(70), TestWorker.hex(71))
                _ = try await worker.report(
                    .progress(JobProgress(step: 3, total: 9, preview: preview, curve: curve)), of: job)
                try await eventually("the preview is shown") {
                    let view = try await api.get(Routes.job(job.lease.job.rawValue), as: JobView.self)
                    return view.progress?.preview == preview && view.progress?.curve == curve
                }
                let output = JobOutput(name: "losses.json", digest: TestWorker.hex(72), bytes: 5)
                _ = try await worker.finish([job]) { job in
                    .done(
                        JobResult(
                            imageDigest: TestWorker.hex(1), bytes: 1, width: 64, height: 64,
                            codeDigest: TestWorker.hex(2), milliseconds: 1,
                            details: JobDetails(outputs: [output], scores: [.loss: 0.25])))
                }
                try await eventually("it is done") { try await api.batch(batch.id).state == .finished }
                let jobs = try await api.get(Routes.jobs(of: batch.id), as: JobPage.self).jobs
                let result = try #require(jobs.first?.result)
                #expect(result.scores == ["loss": 0.25])
                #expect(result.outputs == [JobView.Output(name: "losses.json", digest: output.digest, bytes: 5)])
            }
        }
    }
}
