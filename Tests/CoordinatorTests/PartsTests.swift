import ArgumentParser
import Configuration
import Foundation
import JobAPI
import Jobs
import NIOCore
import Postgres
import Synchronization
import Testing

@testable import Coordinator

@Suite("Line splitter")
struct LineSplitterTests {
    /// Splits a text that comes in chunks of a size.
    private func split(_ text: String, chunk: Int, limit: Int = 8) -> [LineSplitter.Line] {
        var splitter = LineSplitter(limit: limit)
        var lines: [LineSplitter.Line] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            splitter.feed(Array(rest.prefix(chunk))) { lines.append($0) }
            rest = rest.dropFirst(chunk)
        }
        splitter.finish { lines.append($0) }
        return lines
    }

    @Test("Lines do not depend on how the stream is cut", arguments: 1...12)
    func chunks(chunk: Int) {
        let expected: [LineSplitter.Line] = [
            .text(Array("ab".utf8)[...]), .text([]), .text(Array("12345678".utf8)[...]), .tooLong(9), .tooLong(20),
            .text(Array("c\r".utf8)[...]), .text(Array("d".utf8)[...]),
        ]
        let text = "ab\n\n12345678\n123456789\n\(String(repeating: "x", count: 20))\nc\r\nd"
        #expect(split(text, chunk: chunk) == expected)
    }

    @Test("A newline at the end makes no line of its own; no bytes make none at all")
    func ends() {
        #expect(split("a\n", chunk: 4) == [.text(Array("a".utf8)[...])])
        #expect(split("", chunk: 4) == [])
        #expect(split("\n", chunk: 4) == [.text([])])
        #expect(split(String(repeating: "y", count: 30), chunk: 4) == [.tooLong(30)])
    }
}

@Suite("Checks of items")
struct ItemCheckTests {
    @Test("A repeated custom id is found with the line that has it already")
    func customIDs() {
        var ids = CustomIDs()
        #expect(ids.insert("a", line: 1) == nil)
        #expect(ids.insert("b", line: 2) == nil)
        #expect(ids.insert("a", line: 3) == 1)
        for line in 4..<5_000 { #expect(ids.insert("n\(line)", line: line) == nil) }
        #expect(ids.insert("n777", line: 9_999) == 777)
    }

    @Test("A caption needs one known word; suggestions begin with the nearest")
    func words() {
        let check = CaptionCheck(model: "demo", words: ["man", "woman", "beard", "smiling", "glasses", "hair"])
        #expect(check.complaint(about: "An old MAN!") == nil)
        let complaint = check.complaint(about: "smilling") ?? ""
        #expect(complaint.contains("demo"))
        #expect(complaint.contains("try words such as smiling, "))
        #expect(check.complaint(about: "…") != nil)
    }
}

@Suite("Backoff, bell, rate, leadership")
struct LoopPartsTests {
    @Test("Delays double up to the cap, jittered downwards by half at most, and start over after a success")
    func backoff() {
        var backoff = Backoff(first: .milliseconds(100), cap: .seconds(1))
        for full in [100, 200, 400, 800, 1_000, 1_000] {
            let delay = backoff.next()
            #expect(delay <= .milliseconds(full))
            #expect(delay >= .milliseconds(full / 2))
        }
        for _ in 0..<200 { #expect(backoff.next() <= .seconds(1)) }
        backoff.reset()
        #expect(backoff.next() <= .milliseconds(100))
    }

    @Test("Delays after the same failure differ, so that many processes do not all come back in the same instant")
    func jitter() {
        let delays = (0..<50).map { _ -> Duration in
            var backoff = Backoff(first: .seconds(1))
            return backoff.next()
        }
        #expect(Set(delays).count > 40)
        // From half a second to a whole one. That fifty of them lie within half of that happens once in 10^13 times.
        let spread = (delays.max() ?? .zero) - (delays.min() ?? .zero)
        #expect(spread >= .milliseconds(250), "\(delays)")
    }

    @Test("A ring wakes who waits, is kept for who comes, and cancellation ends a wait", .timeLimit(.minutes(15)))
    func bell() async throws {
        let bell = Bell()
        bell.ring()
        await bell.wait(upTo: .seconds(600))
        async let waiting: Void = bell.wait(upTo: .seconds(600))
        // Most likely it waits by now; if not, the ring is kept for it, and the test asks for the same.
        try await Task.sleep(for: .milliseconds(10))
        bell.ring()
        await waiting
        await bell.wait(upTo: .milliseconds(5))
        let task = Task { await bell.wait(upTo: .seconds(600)) }
        task.cancel()
        await task.value
    }

    @Test("The rate counts whole seconds of the window only")
    func rate() {
        let start = ContinuousClock.now
        let meter = RateMeter(start: start)
        #expect(meter.perSecond(at: start) == 0)
        for second in 0..<4 { meter.add(30, at: start + .seconds(second)) }
        #expect(meter.perSecond(at: start + .seconds(4)) == 30)
        #expect(meter.perSecond(at: start + .seconds(11)) == 60.0 / 9)
        #expect(meter.perSecond(at: start + .seconds(60)) == 0)
    }

    @Test("A term is trusted until its window ends, and no longer")
    func leadership() {
        let leadership = Leadership()
        #expect(leadership.term == nil)
        #expect(leadership.grant(Term(3), until: .now + .seconds(60)))
        #expect(leadership.term == Term(3))
        #expect(!leadership.grant(Term(3), until: .now - .seconds(1)))
        #expect(leadership.term == nil)
        #expect(leadership.heldTerm == Term(3))
        #expect(leadership.end() == Term(3))
        #expect(leadership.end() == nil)
    }
}

@Suite("Configuration")
struct ConfigurationTests {
    private static let needed = ["TEDI_POSTGRES": "dbname=e", "TEDI_REDIS": "/e", "TEDI_ARTIFACTS": "/a"]

    @Test("Flags win over the environment, that over defaults")
    func precedence() async throws {
        let reader = try await ConfigReader.coordinator(
            flags: ["redis": "/flag"], file: nil,
            environment: Self.needed.merging(["TEDI_LISTEN": "[::1]:0", "TEDI_DRAIN_SECONDS": "5"]) { $1 })
        let configuration = try CoordinatorConfiguration(reader, defaultName: "n")
        #expect(configuration.postgres == "dbname=e")
        #expect(configuration.redis == "/flag")
        #expect(configuration.host == "::1")
        #expect(configuration.port == 0)
        #expect(configuration.drain == .seconds(5))
        #expect(configuration.window == 5_000)
        #expect(configuration.name == "n")
    }

    @Test(
        "What is wrong is named, with how to mend it",
        arguments: [
            ("TEDI_POSTGRES", "", "postgres"), ("TEDI_LISTEN", "nowhere", "127.0.0.1:8080"),
            ("TEDI_LISTEN", "127.0.0.1:99999", "127.0.0.1:8080"), ("TEDI_WINDOW", "0", "100000"),
            ("TEDI_CONNECTIONS", "many", "connections"), ("TEDI_REDIS_NAMESPACE", "a b", "TEDI_REDIS_NAMESPACE"),
            ("TEDI_LOG_LEVEL", "loud", "critical"),
        ])
    func mistakes(name: String, value: String, says: String) async throws {
        let reader = try await ConfigReader.coordinator(
            flags: [:], file: nil, environment: Self.needed.merging([name: value]) { $1 })
        let error = #expect(throws: StartupError.self) {
            try CoordinatorConfiguration(reader, defaultName: "n")
        }
        #expect(error?.description.contains(says) == true)
        #expect(error?.description.contains("\n") == false)
    }

    @Test(
        "A password on the command line is refused, however it is written",
        arguments: [
            "host=/run/postgresql password=hunter2", "postgres://tedi:hunter2@db/tedi",
            "postgresql://db/tedi?password=hunter2",
        ])
    func passwordOnTheCommandLine(conninfo: String) async throws {
        for command in [["serve"], ["migrate"], ["key", "create", "--name", "n", "--scopes", "read"]] {
            let parsed = try CoordinatorCommand.parseAsRoot(command + ["--postgres", conninfo])
            var asynchronous = try #require(parsed as? any AsyncParsableCommand)
            let error = await #expect(throws: StartupError.self) { try await asynchronous.run() }
            #expect(error?.description.contains("PGPASSFILE") == true)
            #expect(error?.description.contains("TEDI_POSTGRES") == true)
            #expect(error?.description.contains("hunter2") == false)
        }
    }

    @Test("A file gives what neither flags nor environment give; one that is missing is named")
    func file() async throws {
        try await World.with { world in
            let path = world.artifacts + "/c.json"
            try #"{"redis": "/file", "artifacts": "/file", "window": 7}"#.write(
                toFile: path, atomically: true, encoding: .utf8)
            let reader = try await ConfigReader.coordinator(
                flags: ["artifacts": "/flag"], file: path, environment: ["TEDI_POSTGRES": "dbname=e"])
            let configuration = try CoordinatorConfiguration(reader, defaultName: "n")
            #expect(configuration.redis == "/file")
            #expect(configuration.artifacts == "/flag")
            #expect(configuration.window == 7)
            let error = await #expect(throws: StartupError.self) {
                try await ConfigReader.coordinator(flags: [:], file: path + "x", environment: [:])
            }
            #expect(error?.description.contains(path + "x") == true)
        }
    }
}

@Suite("Failed starts", .timeLimit(.minutes(15)))
struct StartTests {
    private func startupError(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "no error"
        } catch let error as StartupError {
            return error.description
        } catch {
            return "another error: \(error)"
        }
    }

    @Test("A taken port is named")
    func takenPort() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { first in
                var configuration = world.configuration(name: "second")
                let port = first.api.base.split(separator: ":").last.flatMap { Int($0) }
                configuration.port = try #require(port)
                let second = configuration
                let message = await startupError { _ = try await RunningCoordinator.start(second) }
                #expect(message.contains("127.0.0.1:\(second.port) is taken"))
                #expect(message.contains("--listen"))
            }
        }
    }

    @Test("Missing servers and a missing schema are named")
    func missing() async throws {
        try await World.with { world in
            var configuration = world.configuration(name: "n")
            configuration.redis = world.artifacts + "/none.sock"
            let noRedis = configuration
            #expect(await startupError { _ = try await RunningCoordinator.start(noRedis) }.contains("Start it"))
            configuration.postgres = "host=\(world.artifacts) dbname=x"
            let noPostgres = configuration
            let message = await startupError { _ = try await RunningCoordinator.start(noPostgres) }
            #expect(message.contains("PostgreSQL"))
            #expect(message.contains("cannot be reached"))
        }
        try await TestServersWorld.bare { world in
            let configuration = world.configuration(name: "n")
            let message = await startupError { _ = try await RunningCoordinator.start(configuration) }
            #expect(message.contains("migrate"))
        }
    }
}

@Suite("Calm")
struct CalmTests {
    @Test("Silence counts only after a while without a new term, a gap or trouble")
    func calm() {
        var calm = Calm(for: .seconds(6))
        let start = ContinuousClock.now
        var fast = 0
        /// Looks every second from one second to another; the answers.
        func look(_ seconds: ClosedRange<Int>, term: Int64 = 1) -> [Bool] {
            seconds.map { second in
                let clock = PostgresTimestamp(unixMicroseconds: Int64(second + fast) * 1_000_000)
                return calm.holds(in: Term(term), clock: clock, at: start + .seconds(second))
            }
        }
        #expect(look(0...6) == [false, false, false, false, false, false, true])
        #expect(look(7...8, term: 2) == [false, false])
        #expect(look(9...13, term: 2).last == true)
        #expect(look(14...14, term: 2) == [true])
        // It stood still.
        #expect(look(30...35, term: 2).allSatisfy { !$0 })
        #expect(look(36...36, term: 2) == [true])
        calm.end()
        #expect(look(37...42, term: 2).allSatisfy { !$0 })
        #expect(look(43...43, term: 2) == [true])
        // PostgreSQL's clock was set, forward and then back.
        fast = 60
        #expect(look(44...49, term: 2).allSatisfy { !$0 })
        #expect(look(50...50, term: 2) == [true])
        fast = -3_600
        #expect(look(51...56, term: 2).allSatisfy { !$0 })
        #expect(look(57...57, term: 2) == [true])
    }
}
