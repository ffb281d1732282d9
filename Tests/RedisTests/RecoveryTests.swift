import Foundation
import PrivateStack
import Redis
import TestServers
import Testing

@Suite("Loss and recovery")
struct RecoveryTests {
    private static let add = RedisScript("return redis.call('INCRBY', KEYS[1], ARGV[1])")

    @Test("Scripts that were flushed are loaded again, each call run once")
    func scriptFlush() async throws {
        try await TestServers.shared.withDedicatedRedis(isDurable: false) { server in
            let options = try RedisOptions(address: server.address)
            let redis = RedisConnection(options)
            let other = RedisConnection(options)
            var pipeline = RedisPipeline()
            for _ in 0..<10 { pipeline.append(Self.add, keys: ["n"], arguments: [1]) }
            #expect(try await redis.run(pipeline).last == .integer(10))
            try await other.command("SCRIPT", "FLUSH")
            #expect(try await redis.run(pipeline).last == .integer(20))
            try await other.command("SCRIPT", "FLUSH")
            #expect(try await redis.evaluate(Self.add, keys: ["n"], arguments: [1]) == .integer(21))
        }
    }

    @Test("A restart closes an idle connection, which opens again unseen and loads its scripts")
    func restart() async throws {
        try await TestServers.shared.withDedicatedRedis { server in
            let redis = RedisConnection(try RedisOptions(address: server.address))
            #expect(try await redis.evaluate(Self.add, keys: ["n"], arguments: [7]) == .integer(7))
            try await server.stop()
            let error = await redisError { try await redis.command("PING") }
            #expect(error?.isConnectionLoss == true)
            try await server.start()
            #expect(try await redis.evaluate(Self.add, keys: ["n"], arguments: [1]) == .integer(8))
        }
    }

    @Test("A server killed under a command is a connection loss; started again it has what was synchronised")
    func crash() async throws {
        try await TestServers.shared.withDedicatedRedis(settings: ["appendfsync": "always"]) { server in
            let options = try RedisOptions(address: server.address)
            let redis = RedisConnection(options)
            for number in 0..<100 { try await redis.command("RPUSH", "list", .int(Int64(number))) }
            let waiter = Task {
                try await RedisConnection(options).blockingCommand(["BLPOP", "nothing", 30], timeout: .seconds(30))
            }
            let isWaiting = try await eventually {
                try await redis.command("INFO", "clients").string().contains("blocked_clients:1")
            }
            #expect(isWaiting)
            await server.crash()
            let error = await redisError { try await waiter.value }
            #expect(error?.reason == .connectionLost)
            try await server.start()
            #expect(try await redis.command("LLEN", "list") == .integer(100))
        }
    }

    @Test("An answer that does not come in time closes the connection, and the next command gets its own answer")
    func timeout() async throws {
        try await TestServers.shared.withDedicatedRedis(isDurable: false) { server in
            var options = try RedisOptions(address: server.address)
            options.timeout = .milliseconds(100)
            let impatient = RedisConnection(options)
            try await impatient.command("PING")
            let error = await redisError { try await impatient.command("DEBUG", "SLEEP", "0.5") }
            // Redis 7 allows DEBUG on a local socket only where it is told to.
            if error?.reason == .server {
                let paused = RedisConnection(try RedisOptions(address: server.address))
                try await paused.command("CLIENT", "PAUSE", 60_000, "WRITE")
                let late = await redisError { try await impatient.command("SET", "key", "value") }
                try await paused.command("CLIENT", "UNPAUSE")
                #expect(late?.reason == .timeout)
                #expect(late?.isConnectionLoss == true)
            } else {
                #expect(error?.reason == .timeout)
            }
            let isBack = try await eventually {
                (try? await impatient.command("PING")) == .status("PONG")
            }
            #expect(isBack)
        }
    }

    @Test("A full server says so")
    func outOfMemory() async throws {
        try await TestServers.shared.withDedicatedRedis(isDurable: false, settings: ["maxmemory": "3mb"]) { server in
            let redis = RedisConnection(try RedisOptions(address: server.address))
            let error = await redisError {
                for index in 0..<100 {
                    try await redis.command("SET", "k\(index)", .bytes([UInt8](repeating: 1, count: 1 << 20)))
                }
            }
            #expect(error?.isOutOfMemory == true)
        }
    }

    @Test("Passwords and databases are sent on every new connection; a wrong one is refused")
    func password() async throws {
        try await TestServers.shared.withDedicatedRedis(isDurable: false) { server in
            let admin = RedisConnection(try RedisOptions(address: server.address))
            try await admin.command("CONFIG", "SET", "requirepass", "open sesame")
            var options = try RedisOptions(address: server.address)
            let stranger = await redisError { try await RedisConnection(options).command("PING") }
            #expect(stranger?.isAccessDenied == true)
            options.password = "wrong"
            let wrong = await redisError { try await RedisConnection(options).command("PING") }
            #expect(wrong?.prefix == "WRONGPASS")
            options.password = "open sesame"
            options.database = 3
            let friend = RedisConnection(options)
            try await friend.command("SET", "here", 1)
            await friend.close()
            #expect(try await friend.command("GET", "here").int64() == 1)
            #expect(try await admin.command("EXISTS", "here") == .integer(0))
        }
    }

    @Test("Nobody listening is a connection loss")
    func unreachable() async throws {
        let redis = RedisConnection(try RedisOptions(address: "/nonexistent/redis.sock"))
        let error = await redisError { try await redis.command("PING") }
        #expect(error?.reason == .unreachable)
        #expect(error?.isRetryable == true)
        #expect(error?.message.contains("/nonexistent/redis.sock") == true)
    }
}
