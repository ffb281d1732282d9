import PrivateStack
import Redis
import TestServers
import Testing

@Suite("Commands and replies")
struct CommandTests {
    @Test("Every kind of reply arrives as what it is")
    func replies() async throws {
        try await withRedis { redis, space in
            let key = RedisArgument.string("{\(space)}")
            let list = RedisArgument.string("{\(space)}list")
            #expect(try await redis.command("SET", key, "value") == .status("OK"))
            #expect(try await redis.command("GET", key) == .bytes(Array("value".utf8)))
            #expect(try await redis.command("STRLEN", key) == .integer(5))
            #expect(try await redis.command("GET", "{\(space)}none") == .null)
            #expect(try await redis.command("RPUSH", list, 1, -2, 3).int64() == 3)
            let range = try await redis.command("LRANGE", list, 0, -1).array()
            #expect(try range.map { try $0.int64() } == [1, -2, 3])
            #expect(try await redis.command("PING").string() == "PONG")
        }
    }

    @Test("Arguments and replies carry any bytes", arguments: [0, 1, 255, 256, 100_000])
    func binary(count: Int) async throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167) } + [0, 13, 10, 0]
        try await withRedis { redis, space in
            let key = RedisArgument.bytes(Array(space.utf8) + [0, 13, 10, 255])
            try await redis.command("SET", key, .bytes(bytes))
            #expect(try await redis.command("GET", key).bytes() == bytes)
        }
    }

    @Test("Integers are written in full", arguments: [Int64.min, -10, -9, 0, 9, 10, 99, 100, .max])
    func integers(value: Int64) async throws {
        try await withRedis { redis, space in
            try await redis.command("SET", .string(space), .int(value))
            #expect(try await redis.command("GET", .string(space)).string() == String(value))
            #expect(try await redis.command("GET", .string(space)).int64() == value)
        }
    }

    @Test("An error reply is thrown with its first word, and the connection goes on")
    func serverError() async throws {
        try await withRedis { redis, space in
            try await redis.command("SET", .string(space), "text")
            let error = await redisError { try await redis.command("LPUSH", .string(space), "x") }
            #expect(error?.reason == .server)
            #expect(error?.prefix == "WRONGTYPE")
            #expect(error?.isConnectionLoss == false)
            #expect(error?.isRetryable == false)
            #expect(try await redis.command("PING").string() == "PONG")
        }
    }

    @Test("A reply of the wrong form says what was wanted")
    func unexpected() {
        #expect(throws: RedisError.self) { try RedisReply.null.int64() }
        #expect(throws: RedisError.self) { try RedisReply.bytes([0x78]).int64() }
        #expect(throws: RedisError.self) { try RedisReply.integer(1).array() }
        let error = #expect(throws: RedisError.self) { try RedisReply.array([]).bytes() }
        #expect(error?.reason == .unexpectedReply)
        #expect(error?.message == "Redis answered an array where a string was expected")
    }

    @Test("A pipeline answers in order, and a failed command keeps its error in place")
    func pipeline() async throws {
        try await withRedis { redis, space in
            let key = RedisArgument.string(space)
            var commands: [[RedisArgument]] = (0..<5000).map { _ in ["INCR", key] }
            commands.insert(["LPOP", key], at: 2500)
            let replies = try await redis.pipeline(commands)
            #expect(replies.count == 5001)
            #expect(replies[2499] == .integer(2500))
            guard case .error(let error) = replies[2500] else {
                Issue.record("LPOP of a number must fail, but gave \(replies[2500])")
                return
            }
            #expect(error.prefix == "WRONGTYPE")
            #expect(replies[2501] == .integer(2501))
            #expect(replies.last == .integer(5000))
            #expect(try await redis.pipeline([]).isEmpty)
        }
    }

    @Test("A loop within perform runs on the connection's thread")
    func perform() async throws {
        try await withRedis { redis, space in
            let total = try await redis.perform { redis in
                try (0..<100).reduce(Int64(0)) { _, _ in try redis.command("INCR", .string(space)).int64() }
            }
            #expect(total == 100)
        }
    }

    @Test("Many connections wait at once without holding up other tasks")
    func neverBlocks() async throws {
        try await TestServers.shared.withDedicatedRedis(isDurable: false) { server in
            let options = try RedisOptions(address: server.address)
            try await withThrowingTaskGroup(of: RedisReply?.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        try await RedisConnection(options).blockingCommand(
                            ["BLPOP", "list\(index)", 60], timeout: .seconds(60))
                    }
                }
                let control = RedisConnection(options)
                // On the threads of the cooperative pool, fewer than twenty, they would never all wait at once.
                let allWait = try await eventually {
                    try await control.command("INFO", "clients").string().contains("blocked_clients:20")
                }
                #expect(allWait)
                for index in 0..<20 { try await control.command("RPUSH", "list\(index)", "go") }
                for try await reply in group { #expect(reply != nil) }
            }
        }
    }
}
