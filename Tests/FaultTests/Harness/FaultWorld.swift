import Client
import Foundation
import Glibc
import Postgres
import PrivateStack
import Redis
import Synchronization
import TestServers

/// Real processes around real servers: what the faults happen to.
final class FaultWorld: Sendable {
    /// How a world is set up.
    struct Setup: Sendable {
        /// Servers of its own, which may be stopped and killed; else those of the test process.
        var ownServers = false
        /// Whether its own Redis writes an append-only file.
        var isRedisDurable = false
        var redisSettings: [String: String] = [:]
        var postgresSettings: [String: String] = [:]
        var coordinators = 1
        var workers = 2
        /// Jobs of one forward pass.
        var batch = 4
        var window = 5_000
        /// Seconds that a worker may be silent.
        var lease = FaultWorld.lease
        /// Whether workers claim from the first coordinator, over HTTP.
        var isWithoutRedis = false
        /// Puts servers of its own and all daemons on hosts; PostgreSQL on “postgres”, Redis on “redis”.
        var network: Network?
        /// Runs after the schema is made and before anything else.
        var prepare: (@Sendable (FaultWorld) async throws -> Void)?
    }

    /// Lease of all daemons where nothing else is asked for, in seconds: the shortest.
    static let lease = 3

    let setup: Setup
    let folder: String
    let conninfo: String
    let redisAddress: String
    let namespace: String
    let postgres: PrivatePostgres?
    let redis: PrivateRedis?
    private let pool: PostgresPool
    private let link: RedisConnection
    private let state = Mutex(State())

    struct State {
        var daemons: [Daemon] = []
        var counter = 0
        /// What starts a daemon again that has ended, by its name.
        var restarts: [String: @Sendable () async throws -> Void] = [:]
    }

    private init(
        _ setup: Setup, folder: String, conninfo: String, redis address: String, namespace: String,
        servers: (PrivatePostgres, PrivateRedis)? = nil
    ) throws {
        self.setup = setup
        self.folder = folder
        self.conninfo = conninfo
        redisAddress = address
        self.namespace = namespace
        (postgres, redis) = (servers?.0, servers?.1)
        pool = PostgresPool(try PostgresOptions(conninfo, applicationName: "tedi-faults"), size: 2)
        link = RedisConnection(try RedisOptions(address: address))
    }

    // MARK: Life

    /// Runs a test in a world of its own; ends every process of it.
    static func with(
        _ setup: Setup = Setup(), _ body: @Sendable (FaultWorld) async throws -> Void
    ) async throws {
        try await TestServers.shared.withFolder { folder in
            chmod(folder, 0o711)
            if setup.ownServers || setup.network != nil {
                let (onPostgres, onRedis) = (setup.network?.hosts["postgres"], setup.network?.hosts["redis"])
                try await TestServers.shared.withDedicatedPostgres(
                    settings: ["max_connections": "60"].merging(setup.postgresSettings) { $1 }
                        .merging(try postgresSettings(for: onPostgres, in: folder)) { $1 },
                    wrapper: onPostgres?.entrance ?? []
                ) { postgres in
                    try await TestServers.shared.withDedicatedRedis(
                        isDurable: setup.isRedisDurable,
                        settings: setup.redisSettings.merging(redisSettings(for: onRedis)) { $1 },
                        wrapper: onRedis?.entrance ?? []
                    ) { redis in
                        let world = try FaultWorld(
                            setup, folder: folder, conninfo: postgres.conninfo(), redis: redis.address,
                            namespace: "tedi", servers: (postgres, redis))
                        try await world.live(body)
                    }
                }
            } else {
                try await TestServers.shared.withDatabase { conninfo in
                    try await TestServers.shared.withRedisNamespace { address, namespace in
                        let world = try FaultWorld(
                            setup, folder: folder, conninfo: conninfo, redis: address, namespace: namespace)
                        try await world.live(body)
                    }
                }
            }
        }
    }

    private func live(_ body: @Sendable (FaultWorld) async throws -> Void) async throws {
        let supervisor = Task { await supervise() }
        do {
            try await start()
            try await body(self)
        } catch {
            print("fault world failed: \(error)\n\(logTails())")
            supervisor.cancel()
            await supervisor.value
            await end()
            throw error
        }
        supervisor.cancel()
        await supervisor.value
        await end()
    }

    private func start() async throws {
        if let prepare = setup.prepare {
            let migrating = try await Daemon.start(
                plan("migration", "tedi-coordinator", ["migrate"], environment: [:]))
            guard try await migrating.ended() == 0 else { throw NotInTime(description: migrating.output) }
            try await prepare(self)
        }
        for _ in 0..<setup.coordinators { try await startCoordinator() }
        for _ in 0..<setup.workers { try await startWorker() }
        guard setup.coordinators > 0, setup.workers > 0 else { return }
        try await waitForModel()
    }

    /// Waits until batches for drills can be made.
    func waitForModel() async throws {
        try await eventually("the drill's model is known") {
            try await number("SELECT count(*) FROM model WHERE name = 'drill'") > 0
        }
        try await watchTerminals()
    }

    private func end() async {
        for daemon in daemons { daemon.send(SIGKILL) }
        for daemon in daemons { _ = try? await daemon.ended() }
        await pool.shutdown()
        await link.close()
    }

    // MARK: Daemons

    var daemons: [Daemon] { state.withLock { $0.daemons } }
    var coordinators: [Daemon] { daemons.filter { $0.plan.program == "tedi-coordinator" && $0.isRunning } }
    var workers: [Daemon] { daemons.filter { $0.plan.program == "tedi-drill" && $0.isRunning } }

    var artifacts: String { folder + "/artifacts" }

    func plan(
        _ name: String, _ program: String, _ arguments: [String], environment: [String: String],
        wrapper: [String] = [], on host: Network.Host? = nil
    ) -> Daemon.Plan {
        let common = [
            "TEDI_POSTGRES": setup.network?.conninfo ?? conninfo,
            "TEDI_REDIS": setup.network?.redisAddress ?? redisAddress, "TEDI_REDIS_NAMESPACE": namespace,
            "TEDI_ARTIFACTS": artifacts, "TEDI_LEASE_SECONDS": "\(setup.lease)", "TEDI_AUTH": "off", "TEDI_NAME": name,
            "TEDI_WINDOW": "\(setup.window)", "TEDI_BATCH": "\(setup.batch)", "TEDI_DRAIN_SECONDS": "10",
        ]
        let way = setup.isWithoutRedis ? ["TEDI_DISPATCH": "http"] : [:]
        return Daemon.Plan(
            name: name, program: program, arguments: arguments,
            environment: common.merging(way) { $1 }.merging(environment) { $1 },
            host: host?.name, wrapper: (host?.entrance ?? []) + wrapper, log: "\(folder)/\(name).log")
    }

    func nextName(_ kind: String) -> String {
        state.withLock { state in
            state.counter += 1
            return "\(kind)-\(state.counter)"
        }
    }

    /// Starts a coordinator.
    /// - Parameters:
    ///   - failpoint: Where it is to stop.
    ///   - host: Where it runs and listens, with a network.
    ///   - isSupervised: Whether another is started when it ends.
    @discardableResult
    func startCoordinator(
        failpoint: String? = nil, environment: [String: String] = [:], on host: Network.Host? = nil,
        isSupervised: Bool = false
    ) async throws -> Daemon {
        let name = nextName("coordinator")
        var environment = environment
        environment["TEDI_FAILPOINT"] = failpoint
        let daemon = try await launch(
            plan(
                name, "tedi-coordinator",
                ["serve", "--migrate", "--address-file", "\(folder)/\(name).address"]
                    + (host.map { ["--listen", "\($0.address):8080"] } ?? ["--port", "0"]),
                environment: environment, on: host))
        if isSupervised {
            restart(daemon) { world in try await world.startCoordinator(on: host, isSupervised: true) }
        }
        return daemon
    }

    /// Starts a worker for drills.
    @discardableResult
    func startWorker(
        failpoint: String? = nil, environment: [String: String] = [:], wrapper: [String] = [],
        on host: Network.Host? = nil, isSupervised: Bool = false
    ) async throws -> Daemon {
        var environment = environment
        environment["TEDI_FAILPOINT"] = failpoint
        if setup.isWithoutRedis { environment["TEDI_API"] = try await address(of: coordinators[0]) }
        let daemon = try await launch(
            plan(nextName("worker"), "tedi-drill", [], environment: environment, wrapper: wrapper, on: host))
        if isSupervised {
            restart(daemon) { world in try await world.startWorker(wrapper: wrapper, on: host, isSupervised: true) }
        }
        return daemon
    }

    /// Where a coordinator listens, as soon as it does.
    func address(of coordinator: Daemon) async throws -> String {
        let file = "\(folder)/\(coordinator.plan.name).address"
        try await eventually("the coordinator listens") { FileManager.default.fileExists(atPath: file) }
        let text = try String(contentsOfFile: file, encoding: .utf8)
        return "http://" + text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func launch(_ plan: Daemon.Plan) async throws -> Daemon {
        let daemon = try await Daemon.start(plan)
        state.withLock { $0.daemons.append(daemon) }
        return daemon
    }

    private func restart(_ daemon: Daemon, _ start: @escaping @Sendable (FaultWorld) async throws -> Void) {
        state.withLock { $0.restarts[daemon.plan.name] = { [unowned self] in try await start(self) } }
    }

    /// Starts supervised daemons again that have ended, under new names and without failpoints.
    private func supervise() async {
        while !Task.isCancelled {
            for daemon in daemons where !daemon.isRunning {
                guard let start = state.withLock({ $0.restarts.removeValue(forKey: daemon.plan.name) }) else {
                    continue
                }
                try? await start()
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    /// The daemon that leads, as PostgreSQL has it.
    func leader() async throws -> Daemon? {
        let rows = try await query("SELECT holder FROM leader WHERE expires_at > clock_timestamp()")
        guard let holder = try rows.first?.string(0) else { return nil }
        return daemons.first { $0.plan.name == holder }
    }

    /// The last lines of every log, for the report of a failure.
    func logTails() -> String {
        daemons.map { daemon in
            let lines = daemon.output.split(separator: "\n").suffix(15).joined(separator: "\n")
            return "--- \(daemon.plan.name) (\(daemon.isRunning ? "runs" : "ended"))\n\(lines)"
        }.joined(separator: "\n")
    }

    // MARK: Looking

    /// The rows of a statement.
    func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> PostgresRows {
        try await pool.query(sql, parameters)
    }

    /// The one number of a statement.
    func number(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> Int {
        Int(try await query(sql, parameters)[0].int64(0))
    }

    /// Sends Redis a command.
    @discardableResult
    func command(_ words: RedisArgument...) async throws -> RedisReply {
        try await link.command(words)
    }

    /// Keys of this world in Redis, without what they all begin with.
    func keys() async throws -> [String] {
        let prefix = "tedi:{\(namespace)}:"
        return try await link.command(["KEYS", .string("*{\(namespace)}*")]).array()
            .map { String(try $0.string().dropFirst(prefix.utf8.count)) }
    }

    /// Forgets everything that this world has in Redis.
    func wipeRedis() async throws {
        let script = "for _, k in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', k) end return 1"
        try await link.command(["EVAL", .string(script), 0, .string("*{\(namespace)}*")])
    }

    /// Runs work with a client of some coordinator that answers.
    func withClient<Value: Sendable>(
        retries: RetrySchedule = .brief, _ body: @Sendable (TediClient) async throws -> Value
    ) async throws -> Value {
        let running = coordinators.filter { !$0.isStopped }.reversed()
        for daemon in running {
            guard let address = try? String(contentsOfFile: "\(folder)/\(daemon.plan.name).address", encoding: .utf8)
            else { continue }
            return try await TediClient.connected(
                to: "http://" + address.trimmingCharacters(in: .whitespacesAndNewlines), retries: retries, body)
        }
        throw NotInTime(description: "no coordinator listens")
    }
}
