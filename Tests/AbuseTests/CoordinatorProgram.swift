import Foundation
import Glibc
import JobStore
import Jobs
import Postgres
import TestServers
import Testing

/// A real `tedi-coordinator` process of this build on a free port, with a database and a key prefix of its own.
struct CoordinatorProgram: Sendable {
    static let digest = String(repeating: "d", count: 64)

    /// Port on the loopback.
    let port: UInt16
    let processID: pid_t
    let redis: String
    let namespace: String

    /// Runs a test with one coordinator and a model announced; it is ended afterwards, and must end in good order.
    ///
    /// - Parameter settings: Environment variables of the coordinator beside those that say where its servers are.
    static func with(
        _ settings: [String: String] = [:], _ body: @Sendable (CoordinatorProgram) async throws -> Void
    ) async throws {
        let servers = TestServers.shared
        try await servers.withDatabase { conninfo in
            try await servers.withRedisNamespace { redis, namespace in
                try await servers.withFolder { folder in
                    let store = JobStore(pool: PostgresPool(try PostgresOptions(conninfo), size: 1))
                    _ = try await store.migrate()
                    try await store.announce([Self.announcement])
                    let environment = settings.merging([
                        "TEDI_POSTGRES": conninfo, "TEDI_REDIS": redis, "TEDI_REDIS_NAMESPACE": namespace,
                        "TEDI_ARTIFACTS": folder, "TEDI_LISTEN": "127.0.0.1:0", "TEDI_NAME": "abused",
                        "TEDI_AUTH": "off",
                        "TEDI_ADDRESS_FILE": folder + "/address", "TEDI_LOG_LEVEL": "warning",
                    ]) { $1 }
                    try await run(environment, folder: folder) { port, processID in
                        try await body(
                            CoordinatorProgram(
                                port: port, processID: processID, redis: redis, namespace: namespace))
                    }
                }
            }
        }
    }

    /// The program that was built beside the tests, or the one that `TEDI_ABUSE_COORDINATOR` names: a debug build is
    /// no measure of speed.
    private static var executable: URL {
        if let path = ProcessInfo.processInfo.environment["TEDI_ABUSE_COORDINATOR"] {
            return URL(fileURLWithPath: path)
        }
        return URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("tedi-coordinator")
    }

    private static func run(
        _ settings: [String: String], folder: String, _ body: (UInt16, pid_t) async throws -> Void
    ) async throws {
        let process = Process()
        process.executableURL = executable
        process.arguments = ["serve"]
        var environment = ProcessInfo.processInfo.environment
        for name in environment.keys where name.hasPrefix("TEDI_") { environment[name] = nil }
        process.environment = environment.merging(settings) { $1 }
        let log = URL(fileURLWithPath: folder + "/log")
        try Data().write(to: log)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        do {
            let deadline = ContinuousClock.now + .seconds(60)
            var port: UInt16?
            while port == nil {
                let text = (try? String(contentsOfFile: folder + "/address", encoding: .utf8)) ?? ""
                port = text.split(separator: ":").last.flatMap { UInt16($0.dropLast()) }
                try #require(process.isRunning && ContinuousClock.now < deadline, "the coordinator does not listen")
                if port == nil { try await Task.sleep(for: .milliseconds(20)) }
            }
            try await body(try #require(port), process.processIdentifier)
        } catch {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            throw error
        }
        #expect(process.isRunning, "the coordinator has ended")
        process.terminate()
        try await onThread { process.waitUntilExit() }
        #expect(process.terminationStatus == 0)
        let complaints = try String(contentsOf: log, encoding: .utf8)
        #expect(!complaints.contains("Fatal error"), "\(complaints.prefix(2_000))")
        #expect(!complaints.contains("Request failed"), "\(complaints.prefix(2_000))")
    }

    static let announcement = WorkerAnnouncement(
        name: WorkerName(sanitizing: "seed-of-the-model"), host: "test", version: "0", device: "cpu", capacity: 8,
        models: [
            AnnouncedModel(
                name: "demo", digest: digest, resolution: 64, layers: 10,
                vocabulary: ["a", "man", "woman", "with", "beard", "blond", "hair", "smiling", "glasses"])
        ])

    /// Memory of the process in KiB: now, and at most since its start.
    func memory() throws -> (resident: Int, peak: Int) {
        let status = try String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8)
        func value(_ name: String) throws -> Int {
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(name + ":") })
            return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
        }
        return (try value("VmRSS"), try value("VmHWM"))
    }

    /// Descriptors that the process has open.
    func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/fd").count
    }
}

/// Runs what blocks on a thread of its own: the cooperative pool stays free.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

/// Waits until something is so.
func eventually(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, "\(what)")
        try await Task.sleep(for: .milliseconds(20))
    }
}
