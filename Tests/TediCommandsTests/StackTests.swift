import Client
import Foundation
import JobAPI
import LiveSystems
import TediCommands
import Testing

@Suite("Parts of a stack")
struct StackTests {
    @Test("The loader's message about LibTorch becomes advice")
    func loaderMessage() {
        let torch = LoaderMessage.remedy(
            for: "tedi-worker: error while loading shared libraries: libtorch_cpu.so: cannot open shared object file")
        #expect(torch?.contains("LibTorch (libtorch_cpu.so)") == true)
        #expect(torch?.contains("make setup") == true)
        let other = LoaderMessage.remedy(for: "error while loading shared libraries: libspng.so.0: cannot open")
        #expect(other?.contains("libspng.so.0") == true)
        #expect(LoaderMessage.remedy(for: "all is well") == nil)
    }

    @Test("What runs is not changed under its feet")
    func running() throws {
        let note = StackNote(api: "http://a:1", pack: "/p", packDigest: "d", workers: 2, threads: 1, batch: 16)
        try StackOptions(workers: 4, threads: 1, batch: 16).checkAgainstRunning(note, pack: nil)
        for options in [StackOptions(threads: 2), StackOptions(batch: 8)] {
            let error = #expect(throws: CommandError.self) { try options.checkAgainstRunning(note, pack: nil) }
            #expect(error?.status == .badInput)
            #expect(error?.lines.last?.contains("tedi down") == true)
        }
    }

    @Test("The cores are shared out", arguments: [(1, 1, 1), (2, 2, 1), (8, 2, 4), (0, 1, 1)])
    func sharing(cores: Int, workers: Int, threads: Int) {
        #expect(StackOptions.usualWorkers(cores: cores) == workers)
        #expect(StackOptions.usualThreads(cores: cores, workers: workers) == threads)
    }

    @Test("A port that someone listens on is taken, and its owner is known")
    func ports() throws {
        // The proxy's listener serves as the someone.
        let proxy = try CuttingProxy(to: 1, cutAfter: 1, times: 0)
        #expect(!Ports.isFree(proxy.port))
        #expect(Ports.owner(of: proxy.port)?.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
        proxy.close()
    }

    @Test("Versions are found in what servers print")
    func versions() {
        #expect(
            ServerPrograms.version(in: "postgres (PostgreSQL) 15.20 (Debian 15.20-1)", after: "(PostgreSQL) ") == [
                15, 20,
            ])
        #expect(ServerPrograms.version(in: "Redis server v=7.0.15 sha=00", after: "v=") == [7, 0, 15])
        #expect(ServerPrograms.version(in: "nonsense", after: "v=") == nil)
    }

    private func stateFolder(_ scratch: borrowing Scratch) throws -> StateFolder {
        for part in ["log", "run"] {
            try FileManager.default.createDirectory(
                atPath: "\(scratch.path)/\(part)", withIntermediateDirectories: true)
        }
        return StateFolder(scratch.path)
    }

    @Test("A daemon lives, is found again by its record, and ends on request")
    func daemon() async throws {
        let scratch = try Scratch()
        let folder = try stateFolder(scratch)
        let daemon = try Daemon.start(
            "sleeper", ["/bin/sh", "-c", "echo $GREETING; exec sleep 600"], environment: ["GREETING": "hello"],
            in: folder)
        #expect(daemon.isAlive)
        #expect(daemon.isOutdated(program: "/usr/bin/tedi-worker"))
        #expect(Daemon.running("sleeper", in: scratch.path + "/run") == daemon)
        try await until("it has greeted") {
            (try? String(contentsOfFile: scratch.path + "/log/sleeper.log", encoding: .utf8)) == "hello\n"
        }
        #expect(try await daemon.stop(patience: .seconds(30)))
        #expect(!daemon.isAlive)
        #expect(Daemon.running("sleeper", in: scratch.path + "/run") == nil)
    }

    @Test("A daemon that does not listen to SIGTERM is killed")
    func stubbornDaemon() async throws {
        let scratch = try Scratch()
        let folder = try stateFolder(scratch)
        let daemon = try Daemon.start(
            "deaf", ["/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 600; done"], environment: [:],
            in: folder)
        try await until("it is deaf") {
            (try? String(contentsOfFile: scratch.path + "/log/deaf.log", encoding: .utf8)) == "ready\n"
        }
        #expect(try await !daemon.stop(patience: .milliseconds(100)))
        #expect(!daemon.isAlive)
    }

    @Test("A stranger with the number of a dead daemon is not taken for it")
    func recycledNumber() throws {
        let scratch = try Scratch()
        let pid = ProcessInfo.processInfo.processIdentifier
        _ = try scratch.file("worker-1.json", "{\"name\": \"worker-1\", \"pid\": \(pid), \"startTicks\": 1}")
        #expect(Daemon.running("worker-1", in: scratch.path) == nil)
        _ = try scratch.file("worker-2.json", "{\"name\": \"worker-2\", \"pid\": -1, \"startTicks\": 1}")
        #expect(Daemon.running("worker-2", in: scratch.path) == nil)
    }
}

@Suite("Client")
struct ClientTests {
    @Test("Pauses double, are spread, and end with the patience")
    func schedule() {
        let schedule = RetrySchedule(patience: .seconds(10), firstPause: .milliseconds(100), longestPause: .seconds(1))
        func pause(_ failures: Int, _ elapsed: Duration, _ chance: Double) -> Duration? {
            schedule.pause(afterFailures: failures, elapsed: elapsed, chance: chance)
        }
        #expect(pause(1, .zero, 0) == .milliseconds(50))
        #expect(pause(1, .zero, 1) == .milliseconds(150))
        #expect(pause(3, .zero, 0.5) == .milliseconds(400))
        #expect(pause(50, .zero, 0.5) == .seconds(1))
        #expect(pause(.max, .zero, 2) == .milliseconds(1500))
        #expect(pause(1, .milliseconds(9_999), 0.5) == .milliseconds(1))
        #expect(pause(1, .seconds(10), 0.5) == nil)
        #expect(RetrySchedule(patience: .zero).pause(afterFailures: 1, elapsed: .zero, chance: 0) == nil)
    }

    @Test("An unreachable coordinator is an error after the patience, not before and not for ever")
    func unreachable() async throws {
        let retries = RetrySchedule(patience: .milliseconds(300), firstPause: .milliseconds(20))
        let start = ContinuousClock.now
        let error = await #expect(throws: ClientError.self) {
            try await TediClient.connected(to: "http://127.0.0.1:1", retries: retries) { try await $0.models() }
        }
        guard case .unreachable(let address, let reason) = error else {
            Issue.record("\(String(describing: error)) is not “unreachable”")
            return
        }
        #expect(address == "http://127.0.0.1:1")
        #expect(reason == "connection refused")
        #expect(ContinuousClock.now - start >= .milliseconds(300))
    }

    @Test("Errors have the exit status of what they mean")
    func statuses() {
        func status(_ error: ClientError) -> TediCommands.ExitStatus { CommandError(error).status }
        func problem(_ status: Int) -> ClientError {
            .problem(ProblemDetails(status: status, code: .badBatch, title: "t", detail: "d"))
        }
        #expect(status(.unreachable(address: "a", reason: "r")) == .unreachable)
        #expect(status(.unexpectedAnswer(address: "a", status: 200, detail: "")) == .unreachable)
        #expect(status(problem(404)) == .badInput)
        #expect(status(problem(422)) == .badInput)
        #expect(status(problem(500)) == .failed)
        #expect(status(.corruptArtifact(digest: "d")) == .failed)
        #expect(status(.cancelled) == .interrupted)
        // What is wrong behind the coordinator the doctor tells; people's own mistakes it does not.
        func lines(_ status: Int) -> [String] { CommandError(problem(status)).lines }
        #expect(lines(503).last?.contains("tedi doctor") == true)
        #expect(!lines(422).contains { $0.contains("doctor") })
    }
}
