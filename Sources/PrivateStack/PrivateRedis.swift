import Foundation
import Glibc
import Redis
import Threads

/// A Redis server of one's own in a folder, reached by a Unix socket only.
///
/// Writes go to an append-only file that is synchronised each second. Started by root, the server runs as `redis` or
/// `nobody`.
public actor PrivateRedis {
    /// Where the server is set up and how long it lives.
    public nonisolated let options: PrivateServerOptions
    nonisolated let folder: ServerFolder
    private let executor = ThreadExecutor(name: "private-redis")

    /// The thread that starts programs and waits for them; see `PrivatePostgres`.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Describes a server; nothing is made or started yet.
    public init(directory: String, options: PrivateServerOptions = PrivateServerOptions()) {
        self.options = options
        self.folder = ServerFolder(directory, options, socketName: "redis.sock", logName: "redis.log")
    }

    /// Starts the server, or adopts the one that runs in the folder, and waits until it answers.
    ///
    /// A torn end of the append-only file, as a kill leaves it, is cut by Redis.
    /// - Throws: `PrivateStackError` with what to do, or `CancellationError`.
    public func start() async throws {
        try await bringUp()
    }

    /// Stops the server, its data on disk.
    /// - Throws: `PrivateStackError` if it does not stop.
    public func stop() async throws {
        try await bringDown()
    }

    /// Kills the server with SIGKILL, as a crash of the machine would; for tests of recovery.
    public func crash() async {
        guard let process else { return }
        process.send(SIGKILL)
        _ = await process.waitForEnd(within: .seconds(10))
    }

    /// Process id of the running server; nil if none runs.
    public nonisolated var processID: Int32? { process?.id }

    /// The folder.
    public nonisolated var directory: String { folder.path }

    /// Path of the server's log.
    public nonisolated var logPath: String { folder.logPath }

    /// Path of the server's socket, which `RedisOptions(address:)` takes.
    public nonisolated var address: String { folder.socketPath }
}

extension PrivateRedis: PrivateServer {
    nonisolated var title: String { "Redis" }
    nonisolated var pidFile: String { "\(folder.path)/redis.pid" }

    nonisolated var stopSignals: [(signal: CInt, patience: Duration)] {
        [(SIGTERM, .seconds(60)), (SIGKILL, .seconds(5))]
    }

    /// The oldest version that Tedi's commands run on.
    static let oldest = Version(6, 2)

    nonisolated func account() throws(PrivateStackError) -> ServerAccount {
        try ServerAccount.choose(["redis", "nobody"])
    }

    func prepare() throws(PrivateStackError) -> [String] {
        let account = try account()
        let program = try findProgram()
        try folder.make(folder.dataPath, for: account)
        var settings = [
            "port": "0", "unixsocket": folder.socketPath, "unixsocketperm": "700", "dir": folder.dataPath,
            "pidfile": pidFile, "daemonize": "no", "logfile": "", "save": "", "maxmemory-policy": "noeviction",
            "appendonly": options.isDurable ? "yes" : "no", "appendfsync": "everysec",
        ]
        settings.merge(options.settings) { $1 }
        let words = settings.sorted { $0.key < $1.key }.flatMap { ["--\($0.key)", $0.value] }
        return try account.launch([program] + words, in: folder.path, options: options, onDeath: "TERM")
    }

    func complete() async throws {}

    func probe() async -> String? {
        do {
            let connection = RedisConnection(try RedisOptions(address: address))
            try await connection.command("PING")
            await connection.close()
            return nil
        } catch {
            return "\(error)"
        }
    }

    private nonisolated func findProgram() throws(PrivateStackError) -> String {
        let folders = options.programDirectories ?? Programs.searchPath
        guard let program = Programs.find("redis-server", in: folders),
            let line = Programs.firstLine([program, "--version"]), let version = Version(in: line, after: "v=")
        else {
            throw PrivateStackError(.notInstalled, "Redis is not installed", remedy: "apt-get install redis-server")
        }
        guard version >= Self.oldest else {
            throw PrivateStackError(
                .wrongVersion, "Redis \(version) is too old: Tedi needs \(Self.oldest) or later",
                remedy: "install a later one (packages.redis.io has them)")
        }
        return program
    }
}
