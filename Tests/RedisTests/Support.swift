import Redis
import TestServers

/// Runs a test with a connection and a key prefix of its own.
func withRedis(_ body: @Sendable (RedisConnection, _ namespace: String) async throws -> Void) async throws {
    try await TestServers.shared.withRedisNamespace { address, namespace in
        let connection = RedisConnection(try RedisOptions(address: address))
        try await body(connection, namespace)
        await connection.close()
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

/// Runs work that must fail with a `RedisError` and gives the error.
func redisError<Value>(_ work: () async throws -> Value) async -> RedisError? {
    do {
        _ = try await work()
        return nil
    } catch {
        return error as? RedisError
    }
}
