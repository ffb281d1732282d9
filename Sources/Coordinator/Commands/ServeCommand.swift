import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import Telemetry
import UnixSignals

/// `tedi-coordinator serve`: runs until SIGTERM or SIGINT, then finishes what is under way and exits with 0.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serves the HTTP interface and runs the queue.",
        discussion: """
            Example: tedi-coordinator serve --migrate --postgres "host=/run/postgresql dbname=tedi" \
            --redis /run/redis/redis.sock --artifacts /var/lib/tedi/artifacts

            SIGTERM or SIGINT: accept nothing more, finish uploads and records, give the leadership up, exit. A second \
            signal stops at once; nothing recorded is lost.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("Redis: path of a Unix socket, or host:port [TEDI_REDIS].", valueName: "address"))
    var redis: String?

    @Option(
        help: ArgumentHelp(
            "redis, or http: workers claim from this coordinator, slower but without Redis [TEDI_DISPATCH].",
            valueName: "way"))
    var dispatch: String?

    @Option(
        help: ArgumentHelp("User for Redis; its password: TEDI_REDIS_PASSWORD [TEDI_REDIS_USER].", valueName: "name"))
    var redisUser: String?

    @Option(help: ArgumentHelp("File with the password for Redis [TEDI_REDIS_PASSWORD_FILE].", valueName: "file"))
    var redisPasswordFile: String?

    @Option(help: ArgumentHelp("Prefix of every Redis key [TEDI_REDIS_NAMESPACE].", valueName: "name"))
    var redisNamespace: String?

    @Option(help: ArgumentHelp("Directory that is shared with the workers [TEDI_ARTIFACTS].", valueName: "directory"))
    var artifacts: String?

    @Option(help: ArgumentHelp("Address to listen on (default 127.0.0.1:8080) [TEDI_LISTEN].", valueName: "host:port"))
    var listen: String?

    @Option(
        help: ArgumentHelp("Port to listen on, instead of that of --listen; 0 takes a free one.", valueName: "port"))
    var port: UInt16?

    @Option(
        help: ArgumentHelp(
            "Whether requests need an API key (default on); off: everybody may do everything [TEDI_AUTH].",
            valueName: "on|off"))
    var auth: String?

    @Option(help: ArgumentHelp("File that gets the address listened on [TEDI_ADDRESS_FILE].", valueName: "file"))
    var addressFile: String?

    @Option(
        help: ArgumentHelp("Name of this coordinator (default: host and process id) [TEDI_NAME].", valueName: "name"))
    var name: String?

    @Flag(help: "Bring the schema of the database up to date first.")
    var migrate = false

    func run() async throws {
        let flags = [
            "redis": redis, "redisUser": redisUser, "redisPasswordFile": redisPasswordFile, "auth": auth,
            "dispatch": dispatch, "redisNamespace": redisNamespace, "artifacts": artifacts, "listen": listen,
            "addressFile": addressFile, "name": name,
        ].compactMapValues { $0 }
        // What stands on the command line, every user of the machine can read.
        guard redis?.contains("@") != true else {
            throw StartupError(
                "--redis has a password", remedy: "Give it with TEDI_REDIS, TEDI_REDIS_PASSWORD or a file instead")
        }
        let reader = try await common.reader(flags)
        let machine = ProcessInfo.processInfo
        var configuration = try CoordinatorConfiguration(
            reader, defaultName: "\(machine.hostName)-\(machine.processIdentifier)")
        if let port { configuration.port = Int(port) }
        let coordinator = try Coordinator(
            configuration, registry: Bootstrap.metrics(), logger: Logger(label: "tedi.coordinator"))
        try await coordinator.prepare(migrating: migrate)
        try await Self.runUntilSignalled(coordinator)
    }

    /// The first signal begins an orderly shutdown, the second ends everything at once.
    private static func runUntilSignalled(_ coordinator: Coordinator) async throws {
        let group = coordinator.serviceGroup { address in
            // Not print: its buffer would hold the line back from whoever waits for it at the other end of a pipe.
            try? FileHandle.standardOutput.write(contentsOf: Data("Listening on http://\(address)\n".utf8))
        }
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask {
                // Cancelled from within: the time to drain is over. What was left undone is safe to leave.
                do { try await group.run() } catch is CancellationError {}
                return true
            }
            tasks.addTask {
                var isFirst = true
                for await _ in signals {
                    guard isFirst else { break }
                    isFirst = false
                    await group.triggerGracefulShutdown()
                }
                return false
            }
            defer { tasks.cancelAll() }
            _ = try await tasks.next()
        }
    }
}
