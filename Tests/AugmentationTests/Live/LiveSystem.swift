import Foundation
import TediCommands
import TestServers

/// A coordinator as it is shipped, in a process of its own, with PostgreSQL, Redis and a worker that echoes.
struct LiveSystem {
    let api: String
    let worker: EchoWorker
    let process: Process

    /// Runs a test with a system of its own.
    static func with(_ body: @escaping @Sendable (LiveSystem) async throws -> Void) async throws {
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
        let worker = try EchoWorker(redis: redis, namespace: namespace, artifacts: folder + "/artifacts")
        do {
            let api = "http://" + (try await address(in: folder + "/address", of: process))
            try await worker.start()
            try await until("a model is known") {
                await AugmentationTests.tedi("status", "--api", api, "--output", "jsonl").output.contains("echo")
            }
            try await body(LiveSystem(api: api, worker: worker, process: process))
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
        // Tests and programs are built into the same folder.
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = (own as NSString).deletingLastPathComponent + "/tedi-coordinator"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw LiveError("\(program) is missing: swift build --product tedi-coordinator")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
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
    func tedi(_ arguments: String..., isTerminal: Bool = false) async -> CommandResult {
        await AugmentationTests.tedi(arguments + ["--api", api], isTerminal: isTerminal)
    }
}

struct LiveError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Waits until something is so.
func until(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw LiveError("not in time: \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}
