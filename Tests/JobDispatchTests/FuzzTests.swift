import Foundation
import Fuzzing
import Jobs
import Redis
import Testing

@testable import JobDispatch

@Suite("Hostile arguments and entries", .timeLimit(.minutes(15)))
struct FuzzTests {
    /// A script as its callers call it.
    private struct Call {
        let name: String
        let script: RedisScript
        /// Keys that it always takes.
        let fixed: [String]
        /// Words before those that come in groups.
        let head: Int
        /// Words of a group.
        var group = 0
        /// Words without which it looks no further, by their places.
        var honest: [Int: RedisArgument] = [:]

        /// The keys of a call with so many groups of words.
        func keys(_ groups: Int) -> [String] {
            switch name {
            case "claim": fixed + (0..<groups).map { "lane:\($0)" } + (0..<groups).map { "wake:\($0)" }
            case "beat": fixed + (0..<groups % 3).map { "wake:\($0)" }
            default: fixed
            }
        }
    }

    private static let calls: [Call] = [
        Call(
            name: "assume", script: Scripts.assume, fixed: ["term", "settling"], head: 2, honest: [0: "1", 1: "1"]),
        Call(
            name: "push", script: Scripts.push, fixed: ["term", "lane:0", "wake:0", "j:", "leases", "running"], head: 2,
            group: 5, honest: [0: "1"]),
        Call(name: "claim", script: Scripts.claim, fixed: ["term", "leases", "j:", "running"], head: 2, group: 1),
        Call(
            name: "beat", script: Scripts.beat, fixed: ["leases", "j:", "up", "workers", "w:x", "term"], head: 3,
            group: 2),
        Call(name: "begin", script: Scripts.begin, fixed: ["j:"], head: 1, group: 2),
        Call(
            name: "finish", script: Scripts.finish, fixed: ["leases", "j:", "up", "running", "term"], head: 1, group: 4),
        Call(
            name: "reap", script: Scripts.reap, fixed: ["leases", "j:", "up", "running", "reaper", "term"], head: 4,
            honest: [3: "1"]),
        Call(name: "known", script: Scripts.known, fixed: ["j:"], head: 0, group: 2),
        Call(name: "cancel", script: Scripts.cancel, fixed: ["j:"], head: 0, group: 2),
        Call(
            name: "recall", script: Scripts.recall, fixed: ["j:", "term"], head: 1, group: 2, honest: [0: "1"]),
        Call(name: "order", script: Scripts.order, fixed: ["w:x"], head: 1),
        Call(name: "report", script: Scripts.report, fixed: ["j:", "up", "term"], head: 1, group: 4),
    ]

    /// A word that no caller of ours would use, or nearly one that it would.
    private static func word(_ generator: inout SplitMix64) -> RedisArgument {
        switch Int.random(in: 0..<9, using: &generator) {
        case 0: .bytes(Mutation.noise(upTo: 40, using: &generator))
        case 1: .bytes(Mutation.piece(using: &generator))
        case 2: .int(Int64.random(in: .min ... .max, using: &generator))
        case 3: .bytes([UInt8](repeating: 0x39, count: 100_000))
        case 4: ""
        case 5: "worker-1"
        default: .int(Int64.random(in: -1...3, using: &generator))
        }
    }

    @Test("No script is left out, and each is called with the keys that it reads")
    func everyScript() throws {
        let package = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let source = try String(
            contentsOf: package.appendingPathComponent("Sources/JobDispatch/Scripts.swift"), encoding: .utf8)
        let names = source.matches(of: /static let (\w+) = RedisScript\(/).map { String($0.1) }
        #expect(names.sorted() == Self.calls.map(\.name).sorted())
        for call in Self.calls {
            // Beyond these, CLAIM and BEAT count on: a lane or a wake for each that they are asked about.
            let numbers = call.script.source.matches(of: /KEYS\[(\d+)\]/).compactMap { Int($0.1) }
            #expect(numbers.max() == call.fixed.count, "\(call.name)")
        }
    }

    @Test("Every script answers hostile arguments with a reply or an error, and the jobs of others stay claimable")
    func scripts() async throws {
        try await DispatchFixture.with { fixture in
            try await fixture.push(1...20)
            for var run in Fuzz(cases: 1_500) {
                let call = Self.calls.randomElement(using: &run.generator) ?? Self.calls[0]
                let groups = Int.random(in: 0...6, using: &run.generator)
                var count = call.head + call.group * groups
                if Int.random(in: 0..<10, using: &run.generator) == 0 { count += 1 }
                var arguments = (0..<count).map { _ in Self.word(&run.generator) }
                // Keys of a second namespace, so that what is broken is told apart from what is not.
                let (term, settling) = (fixture.key("fuzz:term"), fixture.key("fuzz:settling"))
                if Int.random(in: 0..<4, using: &run.generator) == 0 {
                    try await fixture.redis.command("DEL", term, settling)
                } else {
                    // Without a term, or with another one, most scripts do nothing at all.
                    try await fixture.redis.command("MSET", term, "1", settling, "1")
                    for (place, word) in call.honest where place < count { arguments[place] = word }
                }
                do throws(RedisError) {
                    _ = try await fixture.redis.evaluate(
                        call.script, keys: call.keys(groups).map { fixture.key("fuzz:\($0)") }, arguments: arguments)
                } catch {
                    #expect(!error.isRetryable, "\(call.name) \(error); \(run)")
                }
            }
            #expect(try await fixture.claim(20).count == 20)
        }
    }

    @Test("Extreme ids and epochs, and payloads of any bytes, travel through push, claim, beat and finish unharmed")
    func extremes() async throws {
        try await DispatchFixture.with { fixture in
            for var run in Fuzz(cases: 150) {
                let ids: [Int64] = [.max, .max - 1, 1, 1 << 53]
                let id = ids.randomElement(using: &run.generator) ?? 1
                let payload: [UInt8] =
                    switch Int.random(in: 0..<4, using: &run.generator) {
                    case 0: []
                    case 1: [UInt8](repeating: 0, count: 64 << 10)
                    case 2: Mutation.piece(using: &run.generator)
                    default: Mutation.noise(upTo: 2_000, using: &run.generator)
                    }
                let job = DispatchedJob(
                    lease: Lease(job: JobID(id), epoch: Epoch(Int64.random(in: 1...Int64.max, using: &run.generator))),
                    batch: BatchID(Int64.random(in: 1...Int64.max, using: &run.generator)), lane: DispatchFixture.lane,
                    attempt: .max, crashes: .max, payload: payload)
                let name = WorkerName(sanitizing: Texts.odd(upTo: 300, using: &run.generator))
                #expect(try await fixture.dispatch.push([job], term: DispatchFixture.term).pushed == 1, "\(run)")
                let claimed = try await fixture.dispatch.claim(5, from: [DispatchFixture.lane], by: name)
                #expect(claimed == [job], "\(run)")
                #expect(try await fixture.dispatch.beat([job.lease], by: name).answers[job.lease] == .held, "\(run)")
                let failure = JobFailure(
                    code: "x", message: Texts.odd(upTo: 600, using: &run.generator), retryable: true)
                #expect(
                    try await fixture.dispatch.finish([(job.lease, .failed(failure))], by: name) == [true], "\(run)")
                let facts = try await fixture.takeFacts()
                #expect(facts.last == Fact(lease: job.lease, worker: name, event: .failed(failure)), "\(run)")
            }
            try await fixture.expectNoTrace()
        }
    }

    @Test("A payload beyond the limit is refused, and a beat may be for thousands of leases")
    func sizes() async throws {
        try await DispatchFixture.with { fixture in
            let big = DispatchFixture.job(1, payload: String(repeating: "x", count: (64 << 10) + 1))
            #expect(try await fixture.dispatch.push([big], term: DispatchFixture.term).refused == [big.lease])
            try await fixture.push(1...5_000)
            var leases: [Lease] = []
            while leases.count < 5_000 { leases += try await fixture.claim(250) }
            let report = try await fixture.dispatch.beat(leases, by: DispatchFixture.one)
            #expect(report.answers.values.allSatisfy { $0 == .held } && report.answers.count == 5_000)
            try await fixture.dispatch.begin(leases, by: DispatchFixture.one)
            #expect(try await fixture.dispatch.cancel(leases) == 5_000)
            let finished = try await fixture.dispatch.finish(leases.map { ($0, .started) }, by: DispatchFixture.one)
            #expect(finished.allSatisfy { $0 } && finished.count == 5_000)
            try await fixture.expectNoTrace()
        }
    }

    @Test("Entries of the stream that make no sense are rejected in few words, and those between them are read")
    func entries() async throws {
        try await DispatchFixture.with { fixture in
            for var run in Fuzz(cases: 200) {
                let good = Array("snoozed 5 6 {\"milliseconds\":7}".utf8)
                var entry: [RedisArgument] = ["XADD", fixture.key("up"), "*"]
                for _ in 0..<Int.random(in: 1...4, using: &run.generator) {
                    entry.append(Self.word(&run.generator))
                    entry.append(
                        Bool.random(using: &run.generator)
                            ? .bytes(Mutation.damaged(good, using: &run.generator)) : Self.word(&run.generator))
                }
                try await fixture.redis.command(entry)
                try await fixture.redis.command("XADD", fixture.key("up"), "*", "w", "worker-1", "f", .bytes(good))
                let group = try await fixture.dispatch.facts(wait: .milliseconds(1))
                #expect(group.facts.last?.lease == Lease(job: JobID(5), epoch: Epoch(6)), "\(run)")
                #expect(group.rejected.allSatisfy { $0.utf8.count < 1_000 }, "\(run)")
                try await fixture.dispatch.acknowledge(group)
            }
            // One entry must not fill the log.
            var flood: [RedisArgument] = ["XADD", fixture.key("up"), "*", "w", "worker-1"]
            for _ in 0..<50_000 { flood += ["f", "nonsense"] }
            try await fixture.redis.command(flood)
            let group = try await fixture.dispatch.facts(wait: .milliseconds(1))
            #expect(group.facts.isEmpty && (1...20).contains(group.rejected.count), "\(group.rejected.count)")
            try await fixture.dispatch.acknowledge(group)
            #expect(try await fixture.dispatch.factCount() == 0)
        }
    }

    @Test("Announcements that make no sense are left out; those of workers stay")
    func announcements() async throws {
        try await DispatchFixture.with { fixture in
            let model = AnnouncedModel(
                name: "demo", digest: String(repeating: "d", count: 64), resolution: 64, layers: 10,
                vocabulary: ["a", "man"])
            let honest = WorkerAnnouncement(
                name: DispatchFixture.one, host: "h", version: "1", device: "cpu", capacity: 8, models: [model])
            try await fixture.dispatch.register(honest)
            for var run in Fuzz(cases: 200) {
                let name = WorkerName(sanitizing: "evil-\(Texts.odd(upTo: 20, using: &run.generator))")
                let digest = Bool.random(using: &run.generator) ? String(repeating: "e", count: 64) : "e\(run.seed)"
                func add(_ key: String, _ fields: [String]) async throws {
                    var command: [RedisArgument] = ["HSET", fixture.key(key)]
                    for field in fields {
                        command.append(.string(field))
                        command.append(Self.word(&run.generator))
                    }
                    try await fixture.redis.command(command)
                }
                try await add("m:\(digest)", ["name", "resolution", "layers", "words"])
                try await add("w:\(name)", ["host", "version", "device", "pool", "capacity"])
                try await fixture.redis.command("HSET", fixture.key("w:\(name)"), "models", .string(digest))
                try await fixture.redis.command("ZADD", fixture.key("workers"), "9e18", .string(name.rawValue))
                // Its announcement lasts for as long as it beats.
                if try await !fixture.dispatch.beat([], by: honest.name).isRegistered {
                    try await fixture.dispatch.register(honest)
                }
                let workers = try await fixture.dispatch.workers().map(\.announcement)
                #expect(workers.contains(honest), "\(run)")
                for worker in workers {
                    let texts =
                        [worker.host, worker.version, worker.device, worker.pool] + worker.models.flatMap(\.vocabulary)
                    #expect(texts.allSatisfy { !$0.utf8.contains(0) && $0.utf8.count <= 1_000 }, "\(run)")
                    #expect(worker.models.allSatisfy { $0.digest.utf8.count == 64 && $0.resolution > 0 }, "\(run)")
                }
                try await fixture.redis.command("DEL", fixture.key("w:\(name)"), fixture.key("m:\(digest)"))
            }
        }
    }
}
