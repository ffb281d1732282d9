import Foundation
import Glibc
import Logging
import Postgres
public import PrivateStack
import Redis
import Synchronization

/// Real servers for tests: one PostgreSQL and one Redis for the whole test process, started when first wanted.
///
/// Each test gets a database or a key prefix of its own, so tests run side by side. The servers live in a temporary
/// folder and end with the test process, however that ends. Their data is not safe from crashes; a test of crashes
/// takes a server of its own.
public actor TestServers {
    /// The servers of this process.
    public static let shared = TestServers()

    private let registry = Registry.shared
    private var postgres: Task<PrivatePostgres, any Error>?
    private var redis: Task<PrivateRedis, any Error>?
    private var admin: PostgresPool?
    private var counter = 0

    /// Runs a test with an empty database of its own, which is dropped afterwards.
    /// - Parameter body: Receives the libpq conninfo string of the database.
    public func withDatabase<Value: Sendable>(
        _ body: @Sendable (_ conninfo: String) async throws -> Value
    ) async throws -> Value {
        let server = try await sharedPostgres()
        let admin = try adminPool(of: server)
        counter += 1
        let name = "test_\(counter)"
        try await admin.execute("CREATE DATABASE \(name) TEMPLATE template0")
        return try await finally {
            try await body(server.conninfo(database: name))
        } do: {
            try await admin.execute("DROP DATABASE \(name) WITH (FORCE)")
        }
    }

    /// Runs a test with a key prefix of its own, whose keys are removed afterwards.
    /// - Parameter body: Receives the address that `RedisOptions(address:)` takes, and the prefix.
    public func withRedisNamespace<Value: Sendable>(
        _ body: @Sendable (_ address: String, _ namespace: String) async throws -> Value
    ) async throws -> Value {
        let server = try await sharedRedis()
        counter += 1
        let namespace = "test\(counter)x"
        return try await finally {
            try await body(server.address, namespace)
        } do: {
            try await Self.removeKeys(of: namespace, at: server.address)
        }
    }

    /// Runs a test with a PostgreSQL server of its own, which the test may crash, stop and start again.
    /// - Parameters:
    ///   - isDurable: False if the test needs no committed data after a crash.
    ///   - settings: Further settings by name.
    ///   - wrapper: Words that start the server, such as those that put it on a network of its own.
    ///   - body: Receives the server, started.
    public func withDedicatedPostgres<Value: Sendable>(
        isDurable: Bool = true, settings: [String: String] = [:], wrapper: [String] = [],
        _ body: @Sendable (PrivatePostgres) async throws -> Value
    ) async throws -> Value {
        let server = try PrivatePostgres(
            directory: newFolder("pg"), options: Self.options(isDurable, Self.lean.merging(settings) { $1 }, wrapper))
        registry.add { server.processID.map { kill($0, SIGQUIT) } }
        return try await finally {
            try await server.start()
            return try await body(server)
        } do: {
            try await server.stop()
            try FileManager.default.removeItem(atPath: server.directory)
        }
    }

    /// Runs a test with a Redis server of its own, which the test may crash, flush, stop and start again.
    /// - Parameters:
    ///   - isDurable: False if the test needs no data after a crash.
    ///   - settings: Further settings by name.
    ///   - wrapper: Words that start the server, such as those that put it on a network of its own.
    ///   - body: Receives the server, started.
    public func withDedicatedRedis<Value: Sendable>(
        isDurable: Bool = true, settings: [String: String] = [:], wrapper: [String] = [],
        _ body: @Sendable (PrivateRedis) async throws -> Value
    ) async throws -> Value {
        let server = try PrivateRedis(
            directory: newFolder("redis"), options: Self.options(isDurable, settings, wrapper))
        registry.add { server.processID.map { kill($0, SIGKILL) } }
        return try await finally {
            try await server.start()
            return try await body(server)
        } do: {
            try await server.stop()
            try FileManager.default.removeItem(atPath: server.directory)
        }
    }

    /// Runs a test with an empty folder of its own that servers of other users can be put into.
    public func withFolder<Value: Sendable>(_ body: @Sendable (_ path: String) async throws -> Value) async throws
        -> Value
    {
        let path = try newFolder("files")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return try await finally {
            try await body(path)
        } do: {
            try FileManager.default.removeItem(atPath: path)
        }
    }
}

// MARK: The shared servers

extension TestServers {
    private func sharedPostgres() async throws -> PrivatePostgres {
        if let postgres { return try await postgres.value }
        let directory = try newFolder("pg")
        let server = PrivatePostgres(
            directory: directory,
            options: Self.options(false, Self.lean.merging(["max_connections": "1000"]) { $1 }))
        registry.add { server.processID.map { kill($0, SIGQUIT) } }
        let start = Task {
            try await server.start()
            return server
        }
        postgres = start
        return try await start.value
    }

    private func sharedRedis() async throws -> PrivateRedis {
        if let redis { return try await redis.value }
        let server = PrivateRedis(directory: try newFolder("redis"), options: Self.options(false, [:]))
        registry.add { server.processID.map { kill($0, SIGKILL) } }
        let start = Task {
            try await server.start()
            return server
        }
        redis = start
        return try await start.value
    }

    /// One connection: CREATE DATABASE reads a template that nobody else may touch meanwhile.
    private func adminPool(of server: PrivatePostgres) throws -> PostgresPool {
        if let admin { return admin }
        let pool = PostgresPool(
            try PostgresOptions(server.conninfo(database: "postgres"), lockTimeout: .seconds(60)), size: 1)
        admin = pool
        return pool
    }

    private func newFolder(_ kind: String) throws -> String {
        counter += 1
        return "\(try registry.folder().path)/\(kind)\(counter)"
    }

    /// Settings that keep a server small beside its siblings.
    private static let lean = ["shared_buffers": "32MB", "max_wal_size": "256MB"]

    private static func options(
        _ isDurable: Bool, _ settings: [String: String], _ wrapper: [String] = []
    ) -> PrivateServerOptions {
        var logger = Logger(label: "tedi.test-servers")
        logger.logLevel = .warning
        return PrivateServerOptions(
            isDurable: isDurable, lifetime: .boundToStarter, settings: settings, wrapper: wrapper, logger: logger)
    }

    private static func removeKeys(of namespace: String, at address: String) async throws {
        let connection = RedisConnection(try RedisOptions(address: address))
        var cursor = "0"
        repeat {
            let page = try await connection.command(
                "SCAN", .string(cursor), "MATCH", "*\(namespace)*", "COUNT", 1000
            ).array()
            cursor = try page[0].string()
            let keys = try page[1].array().map { RedisArgument.bytes(try $0.bytes()) }
            if !keys.isEmpty { try await connection.command(["UNLINK"] + keys) }
        } while cursor != "0"
        await connection.close()
    }

    /// Runs work and then its clean-up, whichever way the work ends; the work's error wins.
    private nonisolated func finally<Value: Sendable>(
        _ work: @Sendable () async throws -> Value, do cleanUp: @Sendable () async throws -> Void
    ) async throws -> Value {
        let value: Value
        do {
            value = try await work()
        } catch {
            try? await cleanUp()
            throw error
        }
        try await cleanUp()
        return value
    }
}
