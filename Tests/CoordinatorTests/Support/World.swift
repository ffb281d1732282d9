import Artifacts
import JobDispatch
import JobStore
import Jobs
import Logging
import Postgres
import Redis
import TestServers

@testable import Coordinator

/// The servers and the folder that the coordinators and workers of one test share.
struct World: Sendable {
    let conninfo: String
    let redis: String
    let namespace: String
    let artifacts: String

    /// A namespace of the shared servers.
    static func with<Value: Sendable>(_ body: @Sendable (World) async throws -> Value) async throws -> Value {
        let servers = TestServers.shared
        return try await servers.withDatabase { conninfo in
            try await servers.withRedisNamespace { redis, namespace in
                try await servers.withFolder { folder in
                    let world = World(conninfo: conninfo, redis: redis, namespace: namespace, artifacts: folder)
                    return try await world.prepared(body)
                }
            }
        }
    }

    /// Runs a test after the schema was brought up and a model announced.
    func prepared<Value: Sendable>(_ body: @Sendable (World) async throws -> Value) async throws -> Value {
        let store = try store()
        _ = try await store.migrate()
        try await store.announce([TestWorker.announcement("seed-of-the-model")])
        return try await body(self)
    }

    /// A store of the test's own, to look behind the coordinator.
    func store() throws -> JobStore {
        JobStore(pool: PostgresPool(try PostgresOptions(conninfo), size: 2))
    }

    /// The way of a worker to its jobs.
    func dispatch() throws -> JobDispatch {
        JobDispatch(
            try RedisOptions(address: redis), configuration: DispatchConfiguration(namespace: namespace),
            logger: Logger(label: "test.worker"))
    }

    func configuration(name: String) -> CoordinatorConfiguration {
        var configuration = CoordinatorConfiguration(postgres: conninfo, redis: redis, artifacts: artifacts, name: name)
        configuration.redisNamespace = namespace
        configuration.port = 0
        configuration.needsKeys = false
        configuration.connections = 4
        configuration.drain = .seconds(120)
        return configuration
    }

    /// What PostgreSQL has of ended jobs: rows, and different jobs among them.
    func ended() async throws -> (rows: Int, jobs: Int) {
        let pool = PostgresPool(try PostgresOptions(conninfo), size: 1)
        return try await pool.withConnection { connection in
            let row = try connection.query("SELECT count(*), count(DISTINCT id) FROM job_done")[0]
            return (try row.int(0), try row.int(1))
        }
    }
}

/// Servers without a schema.
enum TestServersWorld {
    static func bare(_ body: @Sendable (World) async throws -> Void) async throws {
        let servers = TestServers.shared
        try await servers.withDatabase { conninfo in
            try await servers.withRedisNamespace { redis, namespace in
                try await body(World(conninfo: conninfo, redis: redis, namespace: namespace, artifacts: "/nowhere"))
            }
        }
    }
}
