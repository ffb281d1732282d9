import Client
import Foundation
package import Glibc
import JobAPI
import Logging
import PrivateStack

/// The private stack in a state folder: PostgreSQL, Redis, a coordinator and workers.
package struct Stack: Sendable {
    let folder: StateFolder
    let environment: [String: String]

    /// How long the servers, the coordinator and the workers may take to become ready.
    package static let startLimit = Duration.seconds(180)

    init(_ folder: StateFolder, environment: [String: String]) {
        self.folder = folder
        self.environment = environment
    }

    // MARK: Parts

    var coordinator: Daemon? { Daemon.running("coordinator", in: folder.processes) }

    var workers: [Daemon] {
        Daemon.allRunning(in: folder.processes).filter { $0.name.hasPrefix("worker-") }
    }

    /// The names of what runs.
    var running: Set<String> {
        var names = Set(workers.map(\.name))
        if let coordinator { names.insert(coordinator.name) }
        if redis().processID != nil { names.insert(Self.redisName) }
        if postgres().processID != nil { names.insert(Self.postgresName) }
        return names
    }

    static let redisName = "Redis"
    static let postgresName = "PostgreSQL"

    func postgres() -> PrivatePostgres {
        PrivatePostgres(
            directory: folder.postgres, options: serverOptions(folder.postgres, settings: ["max_connections": "50"]))
    }

    func redis() -> PrivateRedis {
        PrivateRedis(directory: folder.redis, options: serverOptions(folder.redis, settings: [:]))
    }

    private func serverOptions(_ directory: String, settings: [String: String]) -> PrivateServerOptions {
        // What goes wrong is thrown; what goes right needs no log on a terminal.
        PrivateServerOptions(
            socketDirectory: SocketFolder.substitute(for: directory), startTimeout: Self.startLimit, settings: settings,
            logger: Logger(label: "tedi.stack", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    // MARK: Down

    /// Stops everything in order: workers finish what they compute, the coordinator records it, the servers follow.
    ///
    /// Call it under the stack's lock.
    ///
    /// - Parameter kept: Names of what is left running.
    /// - Returns: The names of what was stopped.
    func stop(keeping kept: Set<String> = []) async throws -> [String] {
        var stopped: [String] = []
        let workers = workers.filter { !kept.contains($0.name) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { try await end(worker) } }
            try await group.waitForAll()
        }
        stopped += workers.map(\.name)
        if let coordinator, !kept.contains(coordinator.name) {
            try await end(coordinator)
            stopped.append(coordinator.name)
        }
        let (redis, postgres) = (redis(), postgres())
        if redis.processID != nil, !kept.contains(Self.redisName) {
            try await redis.stop()
            stopped.append(Self.redisName)
        }
        if postgres.processID != nil, !kept.contains(Self.postgresName) {
            try await postgres.stop()
            stopped.append(Self.postgresName)
        }
        return stopped
    }

    private func end(_ daemon: Daemon) async throws {
        let drained = try await daemon.stop(patience: .seconds(45))
        if !drained {
            Console.current.note("\(daemon.name) did not end in time and was killed; nothing recorded is lost")
        }
        unlink("\(folder.processes)/\(daemon.name).json")
    }
}

/// Sockets have short paths (unix(7)); a state folder may have a long one.
package enum SocketFolder {
    /// A folder for the sockets of a server whose own folder is too deep; nil where its own will do.
    package static func substitute(for directory: String, user: uid_t = geteuid()) -> String? {
        guard "\(directory)/.s.PGSQL.5432.lock".utf8.count > 100 else { return nil }
        // FNV-1a: the same folder finds the same sockets again, whichever process asks.
        let hash = directory.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return "/tmp/tedi-\(user)-\(String(hash, radix: 36))"
    }
}
