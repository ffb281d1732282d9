import Foundation
import Glibc
import Postgres
import Threads

/// A PostgreSQL cluster of one's own in a folder, reached by a Unix socket only.
///
/// The first start makes the cluster (`initdb`), its superuser `tedi` and the database `tedi`. Trust authentication is
/// safe here: socket and folder admit only the server's user and root. Started by root, the server runs as `postgres`
/// or `nobody`.
public actor PrivatePostgres {
    /// Where the server is set up and how long it lives.
    public nonisolated let options: PrivateServerOptions
    nonisolated let folder: ServerFolder
    private let executor = ThreadExecutor(name: "private-pg")

    /// The thread that starts programs and waits for them.
    ///
    /// It must live as long as the server if that is bound to its starter: Linux sends the death signal when the thread
    /// ends that started a child.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Describes a server; nothing is made or started yet.
    public init(directory: String, options: PrivateServerOptions = PrivateServerOptions()) {
        self.options = options
        self.folder = ServerFolder(directory, options, socketName: ".s.PGSQL.5432", logName: "postgres.log")
    }

    /// Starts the server, or adopts the one that runs in the folder, and waits until it answers.
    ///
    /// Recovers by itself from a kill or power loss, as PostgreSQL does.
    /// - Throws: `PrivateStackError` with what to do, or `CancellationError`.
    public func start() async throws {
        try await bringUp()
    }

    /// Stops the server: open transactions are rolled back, everything committed is on disk.
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

    /// The libpq conninfo string of one of the server's databases.
    public nonisolated func conninfo(database: String = "tedi") -> String {
        func quoted(_ value: String) -> String {
            let escaped = value.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "'", with: "\\'")
            return "'\(escaped)'"
        }
        return "host=\(quoted(folder.socketDirectory)) port=5432 user=tedi dbname=\(quoted(database))"
    }

    private func makeDatabase(_ name: String) async throws {
        do {
            let connection = PostgresConnection(try PostgresOptions(conninfo(database: "postgres")))
            let known = try await connection.query("SELECT 1 FROM pg_database WHERE datname = $1", [.text(name)])
            if known.isEmpty { try await connection.execute("CREATE DATABASE \(name)") }
            await connection.close()
        } catch {
            throw PrivateStackError(
                .start, "cannot make the database \(name): \(error)", remedy: "see the log \(folder.logPath)",
                logTail: folder.logTail())
        }
    }
}

extension PrivatePostgres: PrivateServer {
    nonisolated var title: String { "PostgreSQL" }
    nonisolated var pidFile: String { "\(folder.dataPath)/postmaster.pid" }

    nonisolated var stopSignals: [(signal: CInt, patience: Duration)] {
        // Fast shutdown, then immediate shutdown, which recovers at the next start (PostgreSQL manual, 19.5).
        [(SIGINT, .seconds(60)), (SIGQUIT, .seconds(10))]
    }

    nonisolated func account() throws(PrivateStackError) -> ServerAccount {
        try ServerAccount.choose(["postgres", "nobody"])
    }

    func prepare() throws(PrivateStackError) -> [String] {
        let account = try account()
        let programs = try PostgresPrograms.find(in: options.programDirectories, for: dataVersion)
        if dataVersion == nil { try initialise(programs, account) }
        dropStaleLocks()
        var settings = [
            "listen_addresses": "", "unix_socket_permissions": "0700", "jit": "off", "log_destination": "stderr",
            "logging_collector": "off", "timezone": "UTC", "lc_messages": "C",
        ]
        let safety = options.isDurable ? "on" : "off"
        for name in ["fsync", "synchronous_commit", "full_page_writes"] { settings[name] = safety }
        settings.merge(options.settings) { $1 }
        let words = settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
        return try account.launch(
            [programs.postgres, "-D", folder.dataPath, "-k", folder.socketDirectory, "-p", "5432"] + words,
            in: folder.path, options: options, onDeath: "INT")
    }

    func complete() async throws {
        try await makeDatabase("tedi")
    }

    func probe() async -> String? {
        do {
            let connection = PostgresConnection(try PostgresOptions(conninfo(database: "postgres")))
            try await connection.query("SELECT 1")
            await connection.close()
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Major version of the cluster in the folder; nil if there is none yet.
    private nonisolated var dataVersion: Int? {
        guard let text = try? String(contentsOfFile: "\(folder.dataPath)/PG_VERSION", encoding: .utf8) else {
            return nil
        }
        return Int(text.prefix { $0.isNumber })
    }

    /// Makes the cluster beside its place and moves it there when it is whole: an `initdb` cut short leaves nothing.
    private func initialise(_ programs: PostgresPrograms, _ account: ServerAccount) throws(PrivateStackError) {
        let draft = "\(folder.path)/data.new"
        try? FileManager.default.removeItem(atPath: draft)
        let command =
            [programs.initdb, "-D", draft, "--username=tedi", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
            + (options.isDurable ? ["--data-checksums"] : ["--no-sync"])
        let result = try ChildProcess.run(
            account.launch(command, in: folder.path, options: options, onDeath: "KILL"))
        guard result.status == 0, rename(draft, folder.dataPath) == 0 else {
            let lines = result.output.split(separator: "\n").suffix(12).joined(separator: "\n")
            throw PrivateStackError(
                .start, "initdb cannot make a database cluster in \(folder.path)",
                remedy: "mend what it says, or empty the folder", logTail: lines)
        }
    }

    /// Removes the lock files of a dead server whose process number a stranger has by now: PostgreSQL would take the
    /// stranger for the server and refuse to start.
    ///
    /// A process that cannot be looked into may be the server: two servers on one folder would destroy it, so that its
    /// files stay.
    private func dropStaleLocks() {
        for file in [pidFile, "\(folder.socketPath).lock"] where process == nil {
            guard let text = try? String(contentsOfFile: file, encoding: .utf8),
                let id = text.split(whereSeparator: \.isNewline).first.flatMap({ pid_t($0) }), kill(id, 0) == 0,
                ServerProcess(id: id, folder: folder.dataPath).sighting == .stranger
            else { continue }
            try? FileManager.default.removeItem(atPath: file)
        }
    }
}
