import Client
import Foundation
import Glibc
import JobAPI
import JobDispatch
import Jobs
import Postgres
import PrivateStack
import Redis

/// A coordinator on a database and a Redis of its own, and the workers that were added to it.
struct System: Sendable {
    let servers: Servers
    /// Name of its database.
    let database: String
    /// Its own part of the servers' folder.
    let folder: String
    let client: TediClient
    let coordinator: Child

    /// The model that its batches are of; nothing of it is ever computed.
    static let model = AnnouncedModel(
        name: "bench", digest: String(repeating: "be", count: 32), resolution: 64, layers: 8,
        vocabulary: ["woman", "hair", "smile"])

    // MARK: Life

    static func running<Value: Sendable>(
        on servers: Servers, database: BenchDatabase, coordinator program: String,
        _ body: @Sendable (System) async throws -> Value
    ) async throws -> Value {
        let folder = "\(servers.folder)/system"
        try await database.prepare(on: servers)
        try await servers.emptyRedis()
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let environment = [
            "TEDI_POSTGRES": servers.postgres.conninfo(database: database.name), "TEDI_REDIS": servers.redis.address,
            "TEDI_ARTIFACTS": "\(folder)/artifacts", "TEDI_LISTEN": "127.0.0.1:0",
            "TEDI_ADDRESS_FILE": "\(folder)/address", "TEDI_LOG_LEVEL": "warning", "TEDI_AUTH": "off", "HOME": folder,
        ]
        let child = try await Child.start(
            [program, "serve", "--migrate"], environment: environment, log: "\(folder)/coordinator.log")
        let address = try await address(in: "\(folder)/address", of: child, log: "\(folder)/coordinator.log")
        return try await TediClient.connected(to: address, retries: .persistent) { client in
            let system = System(
                servers: servers, database: database.name, folder: folder, client: client, coordinator: child)
            do {
                try await system.announceModel()
                let value = try await body(system)
                await child.end(SIGTERM)
                return value
            } catch {
                await child.end(SIGKILL)
                throw error
            }
        }
    }

    private static func address(in file: String, of child: Child, log: String) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline, await child.isRunning {
            if let text = try? String(contentsOfFile: file, encoding: .utf8), text.hasSuffix("\n") {
                return "http://\(text.dropLast())"
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        throw BenchError("The coordinator does not listen. It said: \(said.suffix(500))")
    }

    /// Batches are of announced models only, so a worker announces one and goes.
    private func announceModel() async throws {
        let dispatch = try dispatch()
        let name = WorkerName(sanitizing: "announcer")
        try await dispatch.register(Self.announcement(name))
        while try await !client.models().contains(where: { $0.name == Self.model.name }) {
            try await Task.sleep(for: .milliseconds(20))
        }
        try await dispatch.unregister(name)
        await dispatch.close()
    }

    static func announcement(_ name: WorkerName) -> WorkerAnnouncement {
        WorkerAnnouncement(
            name: name, host: "bench", version: "bench", device: "none", capacity: 250, models: [model])
    }

    /// A way to this system's Redis.
    func dispatch() throws -> JobDispatch {
        JobDispatch(try RedisOptions(address: servers.redis.address))
    }

    // MARK: Workers

    /// Runs `body` with worker processes that finish every job at once, or after a time.
    func withWorkers<Value: Sendable>(
        _ count: Int, _ manner: WorkManner = WorkManner(), _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        var workers: [Worker] = []
        do {
            for index in 0..<count { workers.append(try await startWorker("worker-\(index)", manner)) }
            let value = try await body()
            for worker in workers { await worker.child.end(SIGKILL) }
            return value
        } catch {
            for worker in workers { await worker.child.end(SIGKILL) }
            throw error
        }
    }

    /// Starts a worker process and waits until it has announced itself.
    func startWorker(_ name: String, _ manner: WorkManner) async throws -> Worker {
        let command =
            [Programs.own.path, "work", "--redis", servers.redis.address, "--name", name] + manner.arguments
        let child = try await Child.start(command, environment: ["HOME": folder], log: "\(folder)/\(name).log")
        let dispatch = try dispatch()
        let deadline = ContinuousClock.now + .seconds(30)
        let names = Set(manner.names(name))
        while try await !names.isSubset(of: dispatch.workers().map(\.announcement.name.rawValue)) {
            let isRunning = await child.isRunning
            guard isRunning, ContinuousClock.now < deadline else {
                let said = (try? String(contentsOfFile: "\(folder)/\(name).log", encoding: .utf8)) ?? ""
                throw BenchError("A worker does not start. It said: \(said.suffix(500))")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        await dispatch.close()
        return Worker(name: name, child: child)
    }

    // MARK: Jobs

    /// Creates a batch and uploads so many captions, as `tedi submit` does; it is not sealed yet.
    func upload(_ count: Int) async throws -> Int64 {
        try await upload(Captions.lines(count))
    }

    /// Creates a batch and uploads captions; it is not sealed yet.
    func upload(_ lines: ItemLines) async throws -> Int64 {
        let batch = try await client.createBatch(
            CreateBatchBody(name: "bench", model: Self.model.name), idempotencyKey: UUID().uuidString)
        try await client.upload(lines, to: batch.id)
        return batch.id
    }

    /// Waits until so many jobs of a batch have ended; false if it takes too long.
    func wait(for count: Int, of batch: Int64, limit: Duration) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while try await client.batch(batch).counts.finished < count {
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: .milliseconds(5))
        }
        return true
    }
}

/// A worker process.
struct Worker: Sendable {
    let name: String
    let child: Child
}

/// Captions to submit.
enum Captions {
    /// Lines of the length of a usual caption, each another.
    static func lines(_ count: Int) -> ItemLines {
        var lines = ItemLines()
        for number in 0..<count {
            lines.append(
                "{\"caption\":\"a young woman with blond wavy hair, a slight smile and earrings, no \(number)\"}".utf8)
        }
        return lines
    }
}
