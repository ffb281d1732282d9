import Client
import Foundation
import Glibc
import JobAPI
import PrivateStack

/// One run of `tedi up`: starts what is missing and waits until it works.
///
/// Everything here is called under the stack's lock.
struct StackStart: Sendable {
    let stack: Stack
    private(set) var options: StackOptions
    /// The pack that was asked for.
    private(set) var namedPack: PackFolder?
    /// The pack for the case that none was asked for.
    let usualPack: Swift.Result<PackFolder, CommandError>
    let coordinatorProgram: String
    let workerProgram: String
    private var saysPlan = true

    private var folder: StateFolder { stack.folder }

    init(
        stack: Stack, options: StackOptions, namedPack: PackFolder?, usualPack: Swift.Result<PackFolder, CommandError>,
        coordinatorProgram: String, workerProgram: String
    ) {
        self.stack = stack
        self.options = options
        self.namedPack = namedPack
        self.usualPack = usualPack
        self.coordinatorProgram = coordinatorProgram
        self.workerProgram = workerProgram
    }

    /// The same start later on: with the settings that are noted by then, whoever has changed them.
    var again: StackStart {
        var copy = self
        copy.options = StackOptions(port: options.port)
        copy.namedPack = nil
        copy.saysPlan = false
        return copy
    }

    /// What came of it.
    struct Result: Sendable {
        var note: StackNote
        var started: [String]
        var adopted: [String]
    }

    /// Starts what is missing; an error says what becomes of the part that was started.
    ///
    /// - Parameter stopsOnFailure: Whether a start that fails or is cancelled stops what it has started.
    func run(stopsOnFailure: Bool) async throws(CommandError) -> Result {
        let before = stack.running
        let last = StackNote.read(from: folder)
        do {
            return try await bringUp()
        } catch {
            Console.current.clearProgress()
            var failure = CommandError(any: error)
            if stopsOnFailure, let obstacle = await undo(keeping: before) { failure = failure.adding(obstacle) }
            // Settings with which no worker runs are not those of a last run.
            if let last, stack.workers.isEmpty { try? last.write(to: folder) }
            // A refusal has started nothing, and says what to do.
            guard failure.status != .badInput, !stack.running.isEmpty else { throw failure }
            throw failure.adding("What runs is left running; stop it with: tedi down")
        }
    }

    /// Stops what this start has started; says what is in the way, if something is.
    private func undo(keeping before: Set<String>) async -> String? {
        let console = Console.current
        // In a task of its own, because this one may have been cancelled.
        let end = await Task { try await stack.stop(keeping: before) }.result
        switch end {
        case .success(let stopped):
            if !stopped.isEmpty { console.note("stopped \(stopped.joined(separator: ", "))") }
            return nil
        case .failure(let error): return CommandError(any: error).lines.first
        }
    }

    /// Starts what is missing.
    func bringUp() async throws -> Result {
        let (postgres, redis) = (stack.postgres(), stack.redis())
        let plan = try plan()
        if saysPlan, let remark = plan.remark { Console.current.note(remark) }
        var result = Result(note: plan.note, started: [], adopted: [])
        func tell(_ name: String, adopted: Bool) {
            if adopted { result.adopted.append(name) } else { result.started.append(name) }
        }
        let had = (postgres.processID != nil, redis.processID != nil)
        try await stopOutdated()
        say("starting PostgreSQL and Redis")
        async let database: Void = postgres.start()
        try await redis.start()
        try await database
        tell(Stack.postgresName, adopted: had.0)
        tell(Stack.redisName, adopted: had.1)

        let variables = variables(postgres: postgres, redis: redis)
        // Before there are workers: whoever finds them must find the settings that they have.
        try note(result.note)
        let workers = try await startWorkers(result.note, variables: variables)
        let (coordinator, api) = try await startCoordinator(variables: variables)
        tell("coordinator", adopted: !coordinator.isNew)
        for worker in workers { tell(worker.daemon.name, adopted: !worker.isNew) }
        result.note.api = api
        try note(result.note)
        try await waitForWorkers(workers, coordinator: coordinator, api: api)
        return result
    }

    // MARK: Plan

    private func plan() throws(CommandError) -> StackPlan {
        let last = StackNote.read(from: folder)
        if let last, !stack.workers.isEmpty { return try StackPlan(options, named: namedPack, running: last) }
        let plan = try StackPlan(
            options, named: namedPack, last: last, cores: ProcessInfo.processInfo.activeProcessorCount
        ) { () throws(CommandError) in try usualPack.get() }
        try Reach.require("\(plan.note.pack)/pack.json", .read)
        return plan
    }

    private func note(_ note: StackNote) throws(CommandError) {
        do {
            try note.write(to: folder)
        } catch {
            throw .failed(
                "cannot write \(folder.note): \(error.localizedDescription)",
                remedy: "Check the disk and the owner of the state folder.")
        }
    }

    /// Environment of all daemons.
    private func variables(postgres: PrivatePostgres, redis: PrivateRedis) -> [String: String] {
        var variables = DaemonEnvironment.inherited(stack.environment)
        variables["HOME"] = folder.path
        variables["TEDI_POSTGRES"] = postgres.conninfo()
        variables["TEDI_REDIS"] = redis.address
        variables["TEDI_ARTIFACTS"] = folder.artifacts
        // Only this machine reaches it, and who may read the state folder reaches its servers anyway.
        variables["TEDI_AUTH"] = "off"
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

    private func startCoordinator(variables: [String: String]) async throws -> (Started, api: String) {
        guard let daemon = stack.coordinator else {
            return try await launchCoordinator(on: try choosePort(), variables: variables)
        }
        let adopted = Started(daemon: daemon, isNew: false, logStart: 0)
        let api = try await waitUntilReady(adopted) { Self.address(in: folder.addressFile) }
        try checkPort(of: api)
        return (adopted, api)
    }

    private func launchCoordinator(
        on port: UInt16, variables: [String: String]
    ) async throws -> (Started, api: String) {
        let file = folder.addressFile
        var own = variables
        own["TEDI_LISTEN"] = "127.0.0.1:\(port)"
        own["TEDI_ADDRESS_FILE"] = file
        unlink(file)
        let started = try start("coordinator", [coordinatorProgram, "serve", "--migrate"], own)
        do {
            return (started, try await waitUntilReady(started) { Self.address(in: file) })
        } catch {
            guard port != 0, options.port == nil, !started.daemon.isAlive, !Ports.isFree(port) else { throw error }
            // Between the look at the port and the coordinator's listening, somebody else took it.
            Console.current.note("port \(port) was taken in the meantime; the coordinator gets a free one")
            return try await launchCoordinator(on: 0, variables: variables)
        }
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
