import Client
import Foundation
import Glibc
import JobAPI
import PrivateStack

/// One run of `tedi up`: starts what is missing and waits until it works.
struct StackStart: Sendable {
    let stack: Stack
    let options: StackOptions
    /// The pack for workers that have to be started, and the pack that was asked for.
    let pack: PackFolder
    let coordinatorProgram: String
    let workerProgram: String

    private var folder: StateFolder { stack.folder }

    /// What came of it.
    struct Result: Sendable {
        var note: StackNote
        var started: [String]
        var adopted: [String]
    }

    func run() async throws -> Result {
        let (postgres, redis) = (stack.postgres(), stack.redis())
        var result = Result(note: try plan(), started: [], adopted: [])
        func tell(_ name: String, adopted: Bool) {
            if adopted { result.adopted.append(name) } else { result.started.append(name) }
        }
        let had = (postgres.processID != nil, redis.processID != nil)
        try await stopOutdated()
        say("starting PostgreSQL and Redis")
        async let database: Void = postgres.start()
        try await redis.start()
        try await database
        tell("PostgreSQL", adopted: had.0)
        tell("Redis", adopted: had.1)

        let variables = variables(postgres: postgres, redis: redis)
        let workers = try await startWorkers(result.note, variables: variables)
        let (coordinator, api) = try await startCoordinator(result.note, variables: variables)
        tell("coordinator", adopted: !coordinator.isNew)
        for worker in workers { tell(worker.daemon.name, adopted: !worker.isNew) }
        result.note.api = api
        try result.note.write(to: folder)
        try await waitForWorkers(workers, coordinator: coordinator, api: api)
        return result
    }

    // MARK: Plan

    /// The note of the stack as it will be.
    private func plan() throws(CommandError) -> StackNote {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let running = stack.workers.isEmpty ? nil : StackNote.read(from: folder)
        let workers = options.workers ?? running?.workers ?? StackOptions.usualWorkers(cores: cores)
        return StackNote(
            api: "", pack: running?.pack ?? pack.path, packDigest: running?.packDigest ?? pack.digest, workers: workers,
            threads: running?.threads ?? options.threads ?? StackOptions.usualThreads(cores: cores, workers: workers),
            batch: running?.batch ?? options.batch ?? StackOptions.usualBatch)
    }

    /// Environment of all daemons.
    private func variables(postgres: PrivatePostgres, redis: PrivateRedis) -> [String: String] {
        var variables = DaemonEnvironment.inherited(stack.environment)
        variables["HOME"] = folder.path
        variables["TEDI_POSTGRES"] = postgres.conninfo()
        variables["TEDI_REDIS"] = redis.address
        variables["TEDI_ARTIFACTS"] = folder.artifacts
        return variables
    }

    // MARK: Processes

    /// A process and where its part of the log begins.
    private struct Started: Sendable {
        let daemon: Daemon
        let isNew: Bool
        let logStart: Int
    }

    private func start(_ name: String, _ command: [String], _ variables: [String: String]) throws -> Started {
        if let daemon = Daemon.running(name, in: folder.processes) {
            return Started(daemon: daemon, isNew: false, logStart: 0)
        }
        let size = LogTail.size(of: "\(folder.logs)/\(name).log")
        let daemon = try Daemon.start(name, command, environment: variables, in: folder)
        return Started(daemon: daemon, isNew: true, logStart: size)
    }

    /// Ends what runs programs of another build: two builds need not understand each other.
    private func stopOutdated() async throws {
        let workers = stack.workers.filter { $0.isOutdated(program: workerProgram) }
        let coordinators = [stack.coordinator].compactMap { $0 }
            .filter { $0.isOutdated(program: coordinatorProgram) }
        for daemon in workers + coordinators {
            Console.current.note("\(daemon.name) runs another build of its program; replacing it")
            _ = try await daemon.stop(patience: .seconds(45))
        }
    }

    private func startWorkers(_ note: StackNote, variables: [String: String]) async throws -> [Started] {
        let wanted = Set((0..<note.workers).map { "worker-\($0 + 1)" })
        for surplus in stack.workers where !wanted.contains(surplus.name) {
            say("stopping \(surplus.name)")
            _ = try await surplus.stop(patience: .seconds(45))
        }
        var variables = variables
        // Workers know no database: nothing they could say may reach it.
        variables["TEDI_POSTGRES"] = nil
        variables["TEDI_PACK"] = note.pack
        variables["TEDI_THREADS"] = "\(note.threads)"
        variables["TEDI_BATCH"] = "\(note.batch)"
        return try (0..<note.workers).map { try start("worker-\($0 + 1)", [workerProgram, "run"], variables) }
    }

    private func startCoordinator(
        _ note: StackNote, variables: [String: String]
    ) async throws -> (Started, api: String) {
        let file = folder.addressFile
        if let daemon = stack.coordinator {
            let adopted = Started(daemon: daemon, isNew: false, logStart: 0)
            let api = try await waitUntilReady(adopted) { Self.address(in: file) }
            try checkPort(of: api)
            return (adopted, api)
        }
        var variables = variables
        variables["TEDI_LISTEN"] = "127.0.0.1:\(try choosePort())"
        variables["TEDI_ADDRESS_FILE"] = file
        unlink(file)
        let started = try start("coordinator", [coordinatorProgram, "serve", "--migrate"], variables)
        return (started, try await waitUntilReady(started) { Self.address(in: file) })
    }

    /// The port that was asked for; else the one it had before, the usual one or, as 0, any that is free.
    private func choosePort() throws(CommandError) -> UInt16 {
        guard let port = options.port else {
            let before = StackNote.read(from: folder).flatMap { URLComponents(string: $0.api)?.port }
            let wanted = [before.flatMap(UInt16.init(exactly:)), StackOptions.usualPort].compactMap { $0 }
            return wanted.first(where: Ports.isFree) ?? 0
        }
        try Ports.requireFree(port)
        return port
    }

    private func checkPort(of api: String) throws(CommandError) {
        guard let port = options.port, !api.hasSuffix(":\(port)") else { return }
        throw .badInput("the coordinator runs at \(api) already", remedy: "Stop it first with: tedi down")
    }

    /// The address that the coordinator has written down.
    private static func address(in file: String) -> String? {
        guard let data = FileManager.default.contents(atPath: file), data.count < 256 else { return nil }
        let text = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init)
        return text.map { $0.contains("://") ? $0 : "http://\($0)" }
    }

    // MARK: Waiting

    private func waitUntilReady(_ coordinator: Started, api: () -> String?) async throws -> String {
        say("waiting for the coordinator")
        return try await poll("the coordinator", watching: [coordinator]) {
            guard let address = api() else { return (nil, "it has not begun to listen") }
            let health = try? await TediClient.connected(to: address) { try await $0.readiness() }
            guard let health else { return (nil, "it does not answer at \(address)") }
            let obstacles = health.checks.filter { $0.value != "ok" }.map { "\($0.key): \($0.value)" }.sorted()
            return health.status == "ok" ? (address, "") : (nil, obstacles.joined(separator: "; "))
        }
    }

    private func waitForWorkers(_ workers: [Started], coordinator: Started, api: String) async throws {
        guard !workers.isEmpty else { return }
        say("waiting for the workers to load the model")
        try await TediClient.connected(to: api) { client in
            try await poll("the workers", watching: workers + [coordinator]) {
                let names = try await client.workers().filter { !$0.models.isEmpty }.map(\.name)
                // A worker's name has its process id between hyphens.
                let missing = workers.filter { worker in !names.contains { $0.contains("-\(worker.daemon.pid)-") } }
                let list = missing.map(\.daemon.name).joined(separator: ", ")
                return (missing.isEmpty ? () : nil, "\(list) has not announced a model")
            }
        }
    }

    /// Asks again and again until there is a result, a process has died, or the time is over.
    private func poll<Value>(
        _ what: String, watching processes: [Started],
        _ look: () async throws -> (Value?, obstacle: String)
    ) async throws -> Value {
        let deadline = ContinuousClock.now + Stack.startLimit
        var pause = Duration.milliseconds(10)
        while true {
            let (value, obstacle) = try await look()
            if let value { return value }
            for process in processes where !process.daemon.isAlive { throw died(process) }
            guard ContinuousClock.now < deadline else {
                throw CommandError(
                    .timeout, "\(what) is not ready after \(Stack.startLimit.components.seconds) s: \(obstacle)",
                    remedy: "Look at the logs in \(folder.logs), then run tedi up again.")
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(150))
        }
    }

    private func died(_ process: Started) -> CommandError {
        let log = "\(folder.logs)/\(process.daemon.name).log"
        let tail = LogTail.read(log, from: process.logStart)
        let remedy = LoaderMessage.remedy(for: tail.joined(separator: "\n")).map { ["  \($0)"] } ?? []
        return CommandError(
            .failed,
            ["\(process.daemon.name) ended right after its start"] + remedy + ["  The end of \(log):"]
                + tail.map { "    \($0.prefix(400))" })
    }

    private func say(_ text: String) {
        Console.current.progress("\(text) …")
    }
}

/// The variables that daemons take over from whoever starts them.
package enum DaemonEnvironment {
    private static let names: Set<String> = ["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "LIBTORCH"]
    private static let prefixes = ["TEDI_", "CUDA_", "NVIDIA_", "OMP_", "MKL_", "TORCH_", "SWIFT_BACKTRACE"]

    /// What belongs to Tedi and to computing; not the rest, which may hold secrets of other programs.
    package static func inherited(_ environment: [String: String]) -> [String: String] {
        environment.filter { variable in
            names.contains(variable.key) || prefixes.contains { variable.key.hasPrefix($0) }
        }
    }
}

/// What the dynamic loader says when a program cannot start, in words that help.
package enum LoaderMessage {
    /// What to do about a message; nil if it is none of the loader's.
    package static func remedy(for output: String) -> String? {
        guard let range = output.range(of: "error while loading shared libraries: ") else { return nil }
        let library = output[range.upperBound...].prefix { $0 != ":" && !$0.isNewline }
        guard library.hasPrefix("libtorch") || library.hasPrefix("libc10") || library.hasPrefix("libgomp") else {
            return "The library \(library) is missing or closed to this user: install the package that holds it."
        }
        return
            "LibTorch (\(library)) is missing or closed to this user: run make setup, or set LIBTORCH and build again. "
            + "If the stack was started by root, every folder above it must be open (chmod o+x)."
    }
}
