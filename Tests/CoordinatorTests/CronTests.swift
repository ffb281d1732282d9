import AsyncHTTPClient
import Foundation
import JobAPI
import JobStore
import Jobs
import NIOCore
import Postgres
import Testing

@testable import Coordinator

@Suite("Cron entries, over HTTP and by the leader", .timeLimit(.minutes(15)))
struct CronTests {
    private static func body(
        _ expression: String = "0 3 * * *", zone: String = "Europe/Berlin", model: String = "demo",
        captions: [String] = ["a man with beard", "a woman"], extra: String = ""
    ) -> String {
        let items = captions.map { #"{"caption": "\#($0)"}"# }.joined(separator: ", ")
        return #"""
            {"expression": "\#(expression)", "zone": "\#(zone)", \#(extra)
             "batch": {"name": "made", "model": "\#(model)", "samples": 3, "seed": 5}, "items": [\#(items)]}
            """#
    }

    private static func put(_ name: String, _ json: String, to api: API) async throws -> API.Answer {
        try await api.send(
            "PUT", Routes.cron(name), body: .bytes(ByteBuffer(string: json)),
            headers: ["content-type": "application/json"])
    }

    /// Makes entries due without waiting for their time.
    private static func makeDue(_ where: String = "true", ago: String, in world: World) async throws {
        let pool = PostgresPool(try PostgresOptions(world.conninfo), size: 1)
        _ = try await pool.execute(
            "UPDATE cron SET next_at = date_trunc('second', clock_timestamp()) - interval '\(ago)' WHERE \(`where`)")
        await pool.shutdown()
    }

    @Test("An entry is added, shown, replaced, paused, resumed and removed")
    func entries() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                #expect(try await api.get(Routes.cron, as: CronList.self).entries.isEmpty)
                let json = Self.body(extra: #""missed": "once", "fixed_seed": true,"#)
                let added = try await Self.put("nightly", json, to: api)
                #expect(added.status == 201)
                #expect(added.headers["location"] == Routes.cron("nightly"))
                let view = try added.read(CronView.self)
                #expect(view.expression == "0 3 * * *" && view.zone == "Europe/Berlin")
                #expect(view.missed == .once && view.fixedSeed && !view.paused)
                #expect(view.lines == 2 && view.items?.map(\.caption) == ["a man with beard", "a woman"])
                #expect(view.batch == CreateBatchBody(name: "made", model: "demo", samples: 3, seed: 5))
                #expect(view.lastBatch == nil && view.lastError == nil)
                var calendar = Calendar(identifier: .gregorian)
                calendar.timeZone = try #require(TimeZone(identifier: "Europe/Berlin"))
                let next = try #require(view.nextAt)
                #expect(next > Date(timeIntervalSinceNow: -60))
                #expect(calendar.component(.hour, from: next) == 3 && calendar.component(.minute, from: next) == 0)
                #expect(try await api.get(Routes.cron("nightly"), as: CronView.self) == view)

                let replaced = try await Self.put("nightly", Self.body("@hourly", zone: "UTC"), to: api)
                #expect(replaced.status == 200)
                #expect(try replaced.read(CronView.self).createdAt == view.createdAt)
                let list = try await api.get(Routes.cron, as: CronList.self).entries
                #expect(list.map(\.expression) == ["@hourly"])
                #expect(list.first?.items == nil && list.first?.lines == 2)

                let paused = try await api.send("POST", Routes.pauseCron("nightly")).read(CronView.self)
                #expect(paused.paused && paused.nextAt == nil)
                let resumed = try await api.send("POST", Routes.resumeCron("nightly")).read(CronView.self)
                #expect(!resumed.paused && resumed.nextAt != nil)
                #expect(try await api.send("DELETE", Routes.cron("nightly")).status == 200)
                for (method, path) in [
                    ("GET", Routes.cron("nightly")), ("DELETE", Routes.cron("nightly")),
                    ("POST", Routes.pauseCron("nightly")), ("POST", Routes.resumeCron("nightly")),
                    ("POST", Routes.fireCron("nightly")),
                ] {
                    let answer = try await api.send(method, path)
                    #expect(answer.status == 404)
                    #expect(try answer.problem.code == .notFound)
                }
            }
        }
    }

    @Test("What is wrong with an entry is told by its field")
    func badEntries() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                let bad: [(json: String, status: Int, code: ProblemCode, part: String)] = [
                    (Self.body("0 25 * * *"), 422, .badCron, "“expression” is not valid: the hour “25”"),
                    (Self.body("* * * *"), 422, .badCron, "“expression”"),
                    (Self.body("0 0 30 2 *"), 422, .badCron, "never comes"),
                    (Self.body(zone: "Europe/Atlantis"), 422, .badCron, "“zone” is “Europe/Atlantis”"),
                    (Self.body(captions: []), 422, .badCron, "“items”"),
                    (Self.body(model: ""), 422, .badCron, "“batch.model”"),
                    (
                        Self.body(captions: [String](repeating: "a man", count: 1_001)), 422, .badCron,
                        "1001 captions"
                    ),
                    (
                        Self.body(captions: [String](repeating: "a man", count: 1_000))
                            .replacing(#""samples": 3"#, with: #""samples": 11"#), 422, .badCron, "“samples”"
                    ),
                    (Self.body(extra: #""missed": "never","#), 400, .malformedBody, "missed"),
                    (Self.body(extra: #""zoen": "UTC","#), 400, .malformedBody, "zoen"),
                    ("{", 400, .malformedBody, "JSON"),
                    (String(repeating: " ", count: (2 << 20) + 1), 413, .bodyTooLarge, "2097152"),
                ]
                for (json, status, code, part) in bad {
                    let answer = try await Self.put("n", json, to: api)
                    #expect(answer.status == status)
                    let problem = try answer.problem
                    #expect(problem.code == code)
                    #expect(problem.detail.contains(part), "\(problem.detail)")
                }
                let captions = try await Self.put("n", Self.body(captions: ["a man", "", "xyzzy"]), to: api).problem
                #expect(captions.code == .badItems && captions.errors.map(\.line) == [2])
                let words = try await Self.put("n", Self.body(captions: ["a man", "xyzzy"]), to: api).problem
                #expect(words.code == .badItems && words.errors.map(\.code) == [.unknownWords])
                #expect(words.errors.map(\.line) == [2])
                for name in ["A", "a%20b", "-a", String(repeating: "a", count: 65)] {
                    let answer = try await Self.put(name, Self.body(), to: api)
                    #expect(answer.status == 400)
                    #expect(try answer.problem.code == .badParameter)
                }
                #expect(try await api.get(Routes.cron, as: CronList.self).entries.isEmpty)
            }
        }
    }

    @Test("Due entries make their batches, and one that cannot holds up no other")
    func fires() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                // The first by time is the one that cannot.
                #expect(try await Self.put("broken", Self.body(model: "later"), to: api).status == 201)
                #expect(try await Self.put("good", Self.body(), to: api).status == 201)
                #expect(try await Self.put("missed", Self.body(), to: api).status == 201)
                #expect(try await Self.put("odd", Self.body(), to: api).status == 201)
                let pool = PostgresPool(try PostgresOptions(world.conninfo), size: 1)
                // Damage that no check foresees.
                _ = try await pool.execute("UPDATE cron SET items = 'no JSON' WHERE name = 'odd'")
                await pool.shutdown()
                try await Self.makeDue("name = 'broken'", ago: "20 s", in: world)
                try await Self.makeDue("name = 'odd'", ago: "10 s", in: world)
                try await Self.makeDue("name = 'missed'", ago: "2 hours", in: world)
                try await Self.makeDue("name = 'good'", ago: "1 s", in: world)

                try await eventually("all have had their turn") {
                    let entries = try await api.get(Routes.cron, as: CronList.self).entries
                    return entries.allSatisfy { $0.nextAt.map { $0 > Date(timeIntervalSinceNow: 5) } ?? false }
                }
                let entries = try await api.get(Routes.cron, as: CronList.self).entries
                #expect(entries.map(\.name) == ["broken", "good", "missed", "odd"])
                #expect(entries[0].lastError?.contains("“later”") == true)
                #expect(entries[0].lastErrorAt != nil && entries[0].lastBatch == nil)
                #expect(entries[1].lastError == nil && entries[1].lastFiredAt != nil)
                #expect(entries[1].batch.seed == 5 + 2 * 3)
                #expect(entries[2].lastBatch == nil && entries[2].lastSkippedAt != nil)
                #expect(entries[3].lastError != nil && entries[3].lastBatch == nil)
                let batches = try await api.get(Routes.batches, as: BatchPage.self).batches
                #expect(batches.map(\.id) == [try #require(entries[1].lastBatch)])
                #expect(batches.first?.name == "made" && batches.first?.seed == 5)

                // The batch runs as any other, and so does that of a firing by hand.
                let worker = try TestWorker("w", in: world)
                worker.start()
                let key = [Routes.idempotencyKeyHeader: "k"]
                let fired = try await api.send("POST", Routes.fireCron("good"), headers: key)
                #expect(fired.status == 201)
                let batch = try fired.read(BatchView.self)
                #expect(batch.seed == 11 && batch.items == 2 && batch.state != .open)
                #expect(fired.headers["location"] == Routes.batch(batch.id))
                let again = try await api.send("POST", Routes.fireCron("good"), headers: key)
                #expect(try again.read(BatchView.self).id == batch.id)
                #expect(again.headers["idempotency-replayed"] == "true")
                for id in [batches[0].id, batch.id] {
                    try await eventually("finished") { try await api.batch(id).state == .finished }
                    #expect(try await api.batch(id).counts == Counts(succeeded: 6))
                }
                await worker.kill()
                let unknown = try await api.send("POST", Routes.fireCron("broken"))
                #expect(unknown.status == 422)
                #expect(try unknown.problem.code == .unknownModel)
            }
        }
    }

    @Test("A model that lost the words of an entry fails its firing, not others")
    func refusedCaptions() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let api = coordinator.api
                #expect(try await Self.put("n", Self.body(model: "new", captions: ["xyzzy"]), to: api).status == 201)
                let model = AnnouncedModel(
                    name: "new", digest: String(repeating: "c", count: 64), resolution: 64, layers: 10,
                    vocabulary: ["a", "man", "woman"])
                var announcement = TestWorker.announcement("w")
                announcement.models = [model]
                try await world.store().announce([announcement])
                try await Self.makeDue(ago: "1 s", in: world)
                try await eventually("noted") {
                    try await api.get(Routes.cron("n"), as: CronView.self).lastError != nil
                }
                let entry = try await api.get(Routes.cron("n"), as: CronView.self)
                #expect(entry.lastError?.contains("line 1 is refused") == true)
                let answer = try await api.send("POST", Routes.fireCron("n"))
                #expect(answer.status == 422)
                #expect(try answer.problem.errors.map(\.code) == [.unknownWords])
                #expect(try await api.get(Routes.batches, as: BatchPage.self).batches.isEmpty)
            }
        }
    }

    @Test("Two coordinators fire a time once, and the second goes on when the first is gone")
    func twoCoordinators() async throws {
        try await World.with { world in
            let first = try await RunningCoordinator.start(in: world, name: "one")
            let second = try await RunningCoordinator.start(in: world, name: "two")
            let api = second.api
            for number in 0..<5 { _ = try await Self.put("e\(number)", Self.body(), to: api) }
            for round in 1...2 {
                try await Self.makeDue(ago: "1 s", in: world)
                try await eventually("every entry fired") {
                    let entries = try await api.get(Routes.cron, as: CronList.self).entries
                    return entries.allSatisfy { $0.batch.seed == UInt64(5 + 6 * round) }
                }
                #expect(try await api.get(Routes.batches, as: BatchPage.self).batches.count == 5 * round)
                if round == 1 { try await first.stop() }
            }
            try await second.stop()
        }
    }

    @Test("Time zones are found by their names, with their rules")
    func zones() throws {
        let lordHowe = try #require(Zones.offset("Australia/Lord_Howe"))
        // 2026-07-01 and 2026-12-31, 00:00 UTC.
        #expect(lordHowe(1_782_864_000) == 37_800)
        #expect(lordHowe(1_798_675_200) == 39_600)
        #expect(Zones.offset("UTC")?(0) == 0)
        for name in ["", "Europe/Atlantis", "../etc/passwd", "europe/berlin"] { #expect(Zones.offset(name) == nil) }
    }
}
