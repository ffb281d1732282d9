import Artifacts
import AsyncHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import JobAPI
import JobStore
import Jobs
import Logging
import NIOCore
import Postgres
import Synchronization
import Telemetry
import Testing

@testable import Coordinator

@Suite("Who may do what, over HTTP", .timeLimit(.minutes(15)))
struct AccessTests {
    /// A coordinator that asks for keys, and ways to make them.
    private struct Guarded: Sendable {
        let world: World
        let coordinator: RunningCoordinator
        let store: JobStore
        let log: LogText

        /// The interface as the holder of a new key sees it.
        func api(_ scopes: Scope..., tenant: String = "default") async throws -> API {
            let key = try await store.createKey(name: "test", tenant: tenant, scopes: Set(scopes))
            return coordinator.api.with(key.secret.reveal())
        }

        static func with(_ body: @Sendable (Guarded) async throws -> Void) async throws {
            try await World.with { world in
                var configuration = world.configuration(name: "guarded")
                configuration.needsKeys = true
                let log = LogText()
                let coordinator = try await RunningCoordinator.start(configuration, logger: log.logger)
                let guarded = Guarded(
                    world: world, coordinator: coordinator, store: try world.store(), log: log)
                for name in ["a", "b"] { _ = try await guarded.store.createTenant(name) }
                do {
                    try await body(guarded)
                    try await coordinator.stop()
                } catch {
                    await coordinator.kill()
                    throw error
                }
            }
        }
    }

    private static func path(_ route: String) -> String {
        route.replacing("{id}", with: "999").replacing("{name}", with: "none")
            .replacing("{digest}", with: String(repeating: "0", count: 64))
    }

    @Test("Every route is in the table, and every line of the table is a route")
    func table() async throws {
        try await World.with { world in
            let coordinator = try Coordinator(
                world.configuration(name: "t"), registry: PrometheusRegistry(), logger: Logger(label: "t"))
            let routes = Set(coordinator.router().routes.map { "\($0.method.rawValue) \($0.path.description)" })
            #expect(routes == Set(RouteAccess.table.keys))
            let open = RouteAccess.table.filter { $0.value == .open }.keys.sorted()
            #expect(open == ["GET /healthz", "GET /readyz"])
            #expect(RouteAccess.of(.get, "/v1/new") == .anyOf([.admin]))
            // Administrators may do everything, workers next to nothing.
            for access in RouteAccess.table.values { #expect(access.admits(Scope.admin.implied)) }
            let workers = RouteAccess.table.filter { $0.value != .open && $0.value.admits([.worker]) }.keys.sorted()
            #expect(
                workers == [
                    "GET /v1/artifacts/{digest}", "GET /v1/worker/lanes", "HEAD /v1/artifacts/{digest}",
                    "POST /v1/worker/beat", "POST /v1/worker/claim", "POST /v1/worker/facts",
                    "POST /v1/worker/register", "POST /v1/worker/wait",
                ])
        }
    }

    @Test("Without a key that counts nothing but health is answered; with one, what its scopes allow")
    func matrix() async throws {
        try await Guarded.with { guarded in
            var holders: [(Set<Scope>, API)] = []
            for scope in Scope.allCases { holders.append((scope.implied, try await guarded.api(scope))) }
            let routes = RouteAccess.table.filter { !$0.key.contains("/tenants/") }.sorted { $0.key < $1.key }
            for (route, access) in routes {
                let words = route.split(separator: " ").map(String.init)
                let nobody = try await guarded.coordinator.api.send(words[0], Self.path(words[1]))
                guard access != .open else {
                    #expect(nobody.status == 200 || nobody.status == 503, "\(route)")
                    continue
                }
                #expect(nobody.status == 401, "\(route)")
                #expect(nobody.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
                for (scopes, api) in holders {
                    let answer = try await api.send(words[0], Self.path(words[1]))
                    let isDenied = answer.status == 403
                    #expect(isDenied == !access.admits(scopes), "\(route) \(scopes): \(answer.status)")
                    #expect(answer.status != 401, "\(route) \(scopes)")
                    if isDenied, words[0] != "HEAD" {
                        let problem = try answer.problem
                        #expect(problem.code == .denied && problem.detail.contains("“"))
                    }
                }
            }
            // One answer for every key that does not count.
            let store = guarded.store
            let revoked = try await store.createKey(name: "r", tenant: "a", scopes: [.admin])
            _ = try await store.revokeKey(revoked.key.id)
            let wrong = ["", "tedi_x", ApiKeySecret().reveal(), revoked.secret.reveal()]
            var details: Set<String> = []
            for key in wrong {
                let answer = try await guarded.coordinator.api.with(key).send("GET", Routes.batches)
                #expect(answer.status == 401)
                details.insert(try answer.problem.detail)
            }
            #expect(details.count == 1)
        }
    }

    @Test("A tenant neither sees nor touches what is another's, and cannot tell it from what is not there")
    func tenants() async throws {
        try await Guarded.with { guarded in
            let a = try await guarded.api(.submit, .operate, tenant: "a")
            let b = try await guarded.api(.submit, .operate, tenant: "b")
            let admin = try await guarded.api(.admin)
            let worker = try TestWorker("w", in: guarded.world)
            worker.start()
            let batch = try await b.submit(2, name: "of b")
            let open = try await b.createBatch(name: "open")
            try await eventually("the batch is done") { try await b.batch(batch.id).counts.succeeded == 2 }
            let job = try #require(try await b.get(Routes.jobs(of: batch.id), as: JobPage.self).jobs.first)
            let cron =
                #"{"expression": "@daily", "batch": {"name": "n", "model": "demo"}, "items": [{"caption": "a man"}]}"#
            let json = ["content-type": "application/json"]
            let put = try await b.send("PUT", Routes.cron("c"), body: .bytes(ByteBuffer(string: cron)), headers: json)
            #expect(put.status == 201)

            let others = [
                ("GET", Routes.batch(batch.id)), ("DELETE", Routes.batch(open.id)), ("POST", Routes.seal(batch.id)),
                ("GET", Routes.jobs(of: batch.id)), ("GET", Routes.job(job.id)), ("POST", Routes.cancel(job: job.id)),
                ("GET", Routes.manifest(of: job.id)), ("POST", "\(Routes.batch(batch.id))/cancel"),
                ("POST", "\(Routes.batch(batch.id))/pause"), ("POST", "\(Routes.batch(batch.id))/resume"),
                ("POST", "\(Routes.batch(batch.id))/retry-failed"), ("GET", Routes.cron("c")),
                ("DELETE", Routes.cron("c")), ("POST", Routes.pauseCron("c")), ("POST", Routes.resumeCron("c")),
                ("POST", Routes.fireCron("c")),
            ]
            for (method, path) in others {
                let answer = try await a.send(method, path)
                #expect(answer.status == 404, "\(method) \(path)")
                // The same words as for a number that nobody has.
                let absent = try await a.send(
                    method,
                    path.replacing("/\(batch.id)", with: "/777777").replacing("/\(open.id)", with: "/777777")
                        .replacing("/\(job.id)", with: "/777777"))
                #expect(absent.status == 404)
                #expect(try absent.problem.title == answer.problem.title)
            }
            #expect(try await a.upload(API.lines(1), to: open.id).status == 404)
            #expect(try await a.post("\(Routes.batch(batch.id))/priority", json: #"{"priority": 1}"#).status == 404)
            #expect(try await a.get(Routes.batches, as: BatchPage.self).batches.isEmpty)
            #expect(try await a.get(Routes.cron, as: CronList.self).entries.isEmpty)
            #expect(try await a.get(Routes.status, as: StatusView.self).counts.total == 0)
            // An administrator sees all, and as much as a tenant on their behalf.
            #expect(try await admin.get(Routes.batches, as: BatchPage.self).batches.count == 2)
            #expect(try await admin.get(Routes.batches + "?tenant=a", as: BatchPage.self).batches.isEmpty)
            #expect(try await admin.send("GET", Routes.cron("c") + "?tenant=b").status == 200)
            #expect(try await b.send("GET", Routes.batches + "?tenant=a").status == 400)
            await worker.kill()
            #expect(try await b.send("GET", Routes.cron("c")).status == 200)
        }
    }

    @Test("Dead letters are their tenant's")
    func deadLetters() async throws {
        try await Guarded.with { guarded in
            let a = try await guarded.api(.operate, tenant: "a")
            let b = try await guarded.api(.submit, .operate, tenant: "b")
            let worker = try TestWorker("w", in: guarded.world)
            try await worker.register()
            let batch = try await b.submit(1)
            try await eventually("the job is dead") {
                let jobs = try await worker.claim(8)
                _ = try await worker.finish(jobs) { _ in
                    .failed(JobFailure(code: "bad", message: "m", retryable: false))
                }
                return try await b.batch(batch.id).counts.failed == 1
            }
            #expect(try await b.get(Routes.dead(), as: DeadLetterPage.self).letters.count == 1)
            #expect(try await a.get(Routes.dead(), as: DeadLetterPage.self).letters.isEmpty)
            let all = #"{"all": true}"#
            #expect(try await a.post(Routes.purgeDead, json: all).read(PurgeReceipt.self).purged == 0)
            #expect(try await a.post(Routes.requeueDead, json: all).read(RequeueReceipt.self).batches.isEmpty)
            #expect(try await b.post(Routes.purgeDead, json: all).read(PurgeReceipt.self).purged == 1)
        }
    }

    @Test("An administrator says whether the dead letters of several tenants are meant")
    func deadLettersOfSeveralTenants() async throws {
        try await Guarded.with { guarded in
            let admin = try await guarded.api(.admin)
            let worker = try TestWorker("w", in: guarded.world)
            try await worker.register()
            for tenant in ["a", "b"] {
                let api = try await guarded.api(.submit, tenant: tenant)
                let batch = try await api.submit(1)
                try await eventually("the job is dead") {
                    let jobs = try await worker.claim(8)
                    _ = try await worker.finish(jobs) { _ in
                        .failed(JobFailure(code: "bad", message: "m", retryable: false))
                    }
                    return try await api.batch(batch.id).counts.failed == 1
                }
            }
            let letters = try await admin.get(Routes.dead(), as: DeadLetterPage.self).letters
            #expect(letters.map(\.tenant) == ["a", "b"])
            for selection in [#"{"all": true}"#, #"{"code": "bad"}"#] {
                for route in [Routes.purgeDead, Routes.requeueDead] {
                    let refused = try await admin.post(route, json: selection)
                    #expect(refused.status == 409)
                    #expect(try refused.problem.code == .severalTenants)
                    #expect(try refused.problem.detail.contains("“a”, “b”"))
                }
            }
            let ofA = try await admin.post(Routes.purgeDead + "?tenant=a", json: #"{"all": true}"#)
            #expect(try ofA.read(PurgeReceipt.self).purged == 1)
            let rest = try await admin.post(Routes.purgeDead, json: #"{"all": true}"#).read(PurgeReceipt.self)
            #expect(rest.purged == 1, "what is left is one tenant's")
            #expect(!rest.more)
            let none = try await admin.post(Routes.purgeDead, json: #"{"all": true, "all_tenants": true}"#)
            #expect(try none.read(PurgeReceipt.self).purged == 0)
        }
    }

    @Test("Which jobs a worker has is for administrators; to others the answer says why it is missing")
    func jobsOfAWorker() async throws {
        try await Guarded.with { guarded in
            let worker = try TestWorker("w", in: guarded.world)
            try await worker.register()
            let (admin, reader) = (try await guarded.api(.admin), try await guarded.api(.read))
            try await eventually("the worker is known") {
                try await admin.send("GET", Routes.worker("w")).status == 200
            }
            let shown = try await admin.get(Routes.worker("w"), as: WorkerView.self)
            #expect(shown.jobs == [] && shown.jobsMissing == nil)
            let hidden = try await reader.get(Routes.worker("w"), as: WorkerView.self)
            #expect(hidden.jobs == nil && hidden.jobsMissing == "denied")
        }
    }

    @Test("An artifact is for those whose job has made it")
    func artifacts() async throws {
        try await Guarded.with { guarded in
            let a = try await guarded.api(.read, .submit, tenant: "a")
            let b = try await guarded.api(.submit, tenant: "b")
            let admin = try await guarded.api(.admin)
            let workers = try await guarded.api(.worker)
            let bytes = Array("{\"picture\": 1}".utf8)
            let digest = try await guarded.coordinator.coordinator.artifacts.put(bytes, .image)
            let worker = try TestWorker("w", in: guarded.world)
            try await worker.register()
            let batch = try await b.submit(1)
            var job = JobID(0)
            try await eventually("the job is done") {
                let jobs = try await worker.claim(8)
                if let first = jobs.first { job = first.lease.job }
                _ = try await worker.finish(jobs) { job in
                    .done(
                        JobResult(
                            imageDigest: digest.hex, bytes: bytes.count, width: 64, height: 64,
                            codeDigest: TestWorker.hex(job.lease.job.rawValue), milliseconds: 1))
                }
                return try await b.batch(batch.id).counts.succeeded == 1
            }
            let own = try await b.send("GET", Routes.artifact(digest.hex, job: job.rawValue))
            #expect(own.status == 200 && Array(own.body) == bytes)
            #expect(own.headers["cache-control"]?.hasPrefix("private") == true)
            #expect(try await b.send("HEAD", Routes.artifact(digest.hex, job: job.rawValue)).status == 200)
            #expect(try await b.send("GET", Routes.artifact(digest.hex)).status == 404)
            for method in ["GET", "HEAD"] {
                // That one knows its name already proves nothing, neither does a job that is another's.
                let answer = try await a.send(
                    method, Routes.artifact(digest.hex, job: job.rawValue),
                    headers: ["if-none-match": "\"\(digest.hex)\""])
                #expect(answer.status == 404)
            }
            let mine = try await a.submit(1)
            let other = try #require(try await a.get(Routes.jobs(of: mine.id), as: JobPage.self).jobs.first)
            #expect(try await a.send("GET", Routes.artifact(digest.hex, job: other.id)).status == 404)
            #expect(try await admin.send("GET", Routes.artifact(digest.hex)).status == 200)
            #expect(try await workers.send("GET", Routes.artifact(digest.hex)).status == 200)
            #expect(try await workers.send("GET", Routes.batches).status == 403)
        }
    }

    @Test("A key that is revoked in the middle of a batch counts for nothing soon, and the batch goes on without it")
    func revocation() async throws {
        try await Guarded.with { guarded in
            let admin = try await guarded.api(.admin)
            let made = try await admin.post(
                Routes.keys,
                json: #"{"name": "brief", "tenant": "a", "scopes": ["submit"], "expires_in_seconds": 9000}"#)
            #expect(made.status == 201 && made.headers["cache-control"] == "no-store")
            let created = try made.read(CreatedKeyView.self)
            let a = guarded.coordinator.api.with(created.secret)
            let batch = try await a.createBatch()
            #expect(try await a.upload(API.lines(3), to: batch.id).status == 200)
            #expect(try await admin.send("DELETE", Routes.key(created.key.id)).read(KeyView.self).revokedAt != nil)
            let revoked = ContinuousClock.now
            try await eventually("the key counts for nothing", within: .seconds(30)) {
                try await a.send("GET", Routes.batch(batch.id)).status == 401
            }
            #expect(ContinuousClock.now - revoked < .seconds(25), "believed for no longer than it is kept")
            #expect(try await a.upload(API.lines(3..<4), to: batch.id, from: 3).status == 401)
            let next = try await guarded.api(.submit, tenant: "a")
            #expect(try await next.upload(API.lines(3..<4), to: batch.id, from: 3).status == 200)
            #expect(try await next.send("POST", Routes.seal(batch.id)).read(BatchView.self).counts.total == 4)
            // What the interface lists has no secret in it, and neither has the log, down to its last detail.
            let list = try await admin.send("GET", Routes.keys)
            #expect(!String(decoding: list.body, as: UTF8.self).contains(created.secret.dropFirst(5)))
            #expect(!guarded.log.text.contains(created.secret.dropFirst(5)))
            #expect(!guarded.log.text.contains(try #require(admin.key).dropFirst(5)))
            #expect(!guarded.log.text.isEmpty)
        }
    }

    @Test("What goes beyond the quota is refused with words and a time to come back")
    func quota() async throws {
        try await Guarded.with { guarded in
            let admin = try await guarded.api(.admin)
            let a = try await guarded.api(.submit, tenant: "a")
            let limits = try await admin.send(
                "PUT", Routes.tenant("a"), body: .bytes(ByteBuffer(string: #"{"max_queued": 10, "weight": 3}"#)),
                headers: ["content-type": "application/json"])
            #expect(try limits.read(TenantView.self).maximumQueued == 10)
            let batch = try await a.createBatch(samples: 2)
            let refused = try await a.upload(API.lines(6), to: batch.id)
            #expect(refused.status == 429 && refused.headers["retry-after"] == "5")
            #expect(try refused.problem.code == .quotaExceeded)
            #expect(try refused.problem.detail.contains("10 jobs"))
            #expect(try await a.upload(API.lines(5), to: batch.id).status == 200)
            let tenants = try await admin.get(Routes.tenants, as: TenantList.self).tenants
            #expect(tenants.first { $0.name == "a" }?.queued == 10)
            let wrong = try await admin.post(Routes.tenant("c"), json: #"{"weight": 0}"#)
            #expect(wrong.status == 422)
            #expect(try await admin.post(Routes.tenant("ünïcode"), json: "{}").read(TenantView.self).name == "ünïcode")
            #expect(try await admin.post(Routes.keys, json: #"{"name": "x", "scopes": ["root"]}"#).status == 422)
        }
    }

    @Test("Where nobody has to say who they are, everybody is an administrator")
    func off() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let keys = try await coordinator.api.send("GET", Routes.keys)
                #expect(keys.status == 200)
                let batch = try await coordinator.api.submit(1)
                #expect(batch.counts.total == 1)
            }
        }
    }
}

/// Everything that is logged, down to the last detail.
final class LogText: Sendable {
    private let lines = Mutex("")
    var text: String { lines.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test.guarded") { _ in Handler(log: self) }
    }

    fileprivate func append(_ line: String) { lines.withLock { $0 += line + "\n" } }

    private struct Handler: LogHandler {
        let log: LogText
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.append("\(event.level) \(event.message) \(metadata) \(event.metadata ?? [:])")
        }
    }
}
