import Postgres
import TestServers

/// Runs a test on an empty database with one connection.
func withConnection(_ body: @Sendable (PostgresConnection) async throws -> Void) async throws {
    try await TestServers.shared.withDatabase { conninfo in
        let connection = PostgresConnection(try PostgresOptions(conninfo))
        try await body(connection)
        await connection.close()
    }
}

/// Runs a test on an empty database with a pool.
func withPool(size: Int, _ body: @Sendable (PostgresPool) async throws -> Void) async throws {
    try await TestServers.shared.withDatabase { conninfo in
        let pool = PostgresPool(try PostgresOptions(conninfo), size: size)
        try await body(pool)
        await pool.shutdown()
    }
}

/// Repeats a check until it holds or ten seconds have passed.
func eventually(_ check: @Sendable () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if try await check() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return false
}

/// Runs work that must fail with a `PostgresError` and gives the error.
func postgresError<Value>(_ work: () async throws -> Value) async -> PostgresError? {
    do {
        _ = try await work()
        return nil
    } catch {
        return error as? PostgresError
    }
}
