import Foundation
import Glibc
import Logging
import Postgres
import PrivateStack
import Redis

/// A PostgreSQL and a Redis of the bench's own, with the settings of production: nothing that is acknowledged is lost.
struct Servers: Sendable {
    let folder: String
    let postgres: PrivatePostgres
    let redis: PrivateRedis

    /// Folder of PostgreSQL's socket.
    var postgresSocket: String { postgres.directory }

    /// Starts both, runs `body`, stops them and removes their data.
    static func running<Value: Sendable>(_ body: (Servers) async throws -> Value) async throws -> Value {
        // A short path: names of Unix sockets have 107 bytes at most.
        var template = Array("/tmp/tedi-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw BenchError("No folder can be made in /tmp. Check the disk.") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The servers' users pass through it to folders of their own.
        chmod(folder, 0o711)
        let servers = Servers(folder: folder)
        do {
            async let database: Void = servers.postgres.start()
            try await servers.redis.start()
            try await database
            let value = try await body(servers)
            await servers.end()
            return value
        } catch {
            await servers.end()
            throw error
        }
    }

    private init(folder: String) {
        self.folder = folder
        // What a production server of this size would have; the rest is as PostgreSQL and Redis come.
        let settings = ["shared_buffers": "512MB", "max_wal_size": "4GB"]
        postgres = PrivatePostgres(
            directory: "\(folder)/postgres",
            options: PrivateServerOptions(isDurable: true, lifetime: .boundToStarter, settings: settings))
        redis = PrivateRedis(
            directory: "\(folder)/redis", options: PrivateServerOptions(isDurable: true, lifetime: .boundToStarter))
    }

    private func end() async {
        try? await redis.stop()
        try? await postgres.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A connection to one of the databases.
    func connection(to database: String) throws -> PostgresConnection {
        PostgresConnection(
            try PostgresOptions(postgres.conninfo(database: database), statementTimeout: .seconds(3_600)))
    }

    /// Makes Redis empty.
    func emptyRedis() async throws {
        let connection = RedisConnection(try RedisOptions(address: redis.address))
        try await connection.command("FLUSHALL")
        await connection.close()
    }

    /// Bytes that Redis holds.
    func redisMemory() async throws -> Double {
        let connection = RedisConnection(try RedisOptions(address: redis.address))
        let text = try await connection.command("INFO", "memory").string()
        await connection.close()
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
        return line.flatMap { Double($0.dropFirst("used_memory:".count)) } ?? 0
    }
}
