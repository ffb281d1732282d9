import Foundation
import Jobs
import TestServers

/// A coordinator as it is shipped, in a process of its own, with PostgreSQL, Redis and one worker with a stand-in model.
public struct LiveSystem<Model: StandInModel>: Sendable {
    /// Address for `--api`.
    public let api: String
    /// Its worker.
    public let worker: LiveWorker<Model>

    /// Runs a test with a system of its own.
    public static func with(_ body: @escaping @Sendable (LiveSystem) async throws -> Void) async throws {
        let servers = TestServers.shared
        try await servers.withDatabase { conninfo in
            try await servers.withRedisNamespace { redis, namespace in
                try await servers.withFolder { folder in
                    try await run(conninfo: conninfo, redis: redis, namespace: namespace, folder: folder, body)
                }
            }
        }
    }

    private static func run(
        conninfo: String, redis: String, namespace: String, folder: String,
        _ body: (LiveSystem) async throws -> Void
    ) async throws {
        let process = try start([
            "TEDI_POSTGRES": conninfo, "TEDI_REDIS": redis, "TEDI_REDIS_NAMESPACE": namespace,
            "TEDI_ARTIFACTS": folder + "/artifacts", "TEDI_LISTEN": "127.0.0.1:0", "TEDI_AUTH": "off",
            "TEDI_ADDRESS_FILE": folder + "/address", "TEDI_LOG_LEVEL": "critical",
        ])
        let worker = try LiveWorker<Model>(redis: redis, namespace: namespace, artifacts: folder + "/artifacts")
        do {
            let api = "http://" + (try await address(in: folder + "/address", of: process))
            try await worker.start()
            try await until("a model is known") {
                await LiveSystems.tedi("status", "--api", api, "--output", "jsonl").output.contains(
                    Model.announced.name)
            }
            try await body(LiveSystem(api: api, worker: worker))
        } catch {
            await worker.stop()
            process.terminate()
            process.waitUntilExit()
            throw error
        }
        await worker.stop()
        process.terminate()
        process.waitUntilExit()
    }

    private static func start(_ environment: [String: String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try BuiltPrograms.path(of: "tedi-coordinator"))
        process.arguments = ["serve", "--migrate"]
        process.environment = environment
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        return process
    }

    private static func address(in file: String, of process: Process) async throws -> String {
        var address = ""
        try await until("the coordinator listens") {
            guard process.isRunning else { throw LiveError("the coordinator ended before it listened") }
            address =
                FileManager.default.contents(atPath: file)
                .map { String(decoding: $0, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? "" } ?? ""
            return !address.isEmpty
        }
        return address
    }

    /// Runs a command against this coordinator.
    public func tedi(_ arguments: String..., isTerminal: Bool = false) async -> CommandResult {
        await LiveSystems.tedi(arguments + ["--api", api], isTerminal: isTerminal)
    }
}
