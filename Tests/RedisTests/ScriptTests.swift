import Redis
import Testing

@Suite("Scripts")
struct ScriptTests {
    private static let add = RedisScript("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    private static let echo = RedisScript("return {KEYS[1], ARGV[1]}")

    @Test("The digest is the one that Redis computes", arguments: [0, 1, 55, 56, 63, 64, 65, 1000])
    func digest(length: Int) async throws {
        let script = RedisScript("return 1 --" + String(repeating: "ü", count: length))
        try await withRedis { redis, _ in
            let digest = try await redis.command("SCRIPT", "LOAD", .string(script.source)).string()
            #expect(digest == script.digest)
        }
    }

    @Test("A script gets its keys and arguments, binary ones too")
    func evaluate() async throws {
        try await withRedis { redis, space in
            let bytes: [UInt8] = [0, 255, 13, 10]
            let reply = try await redis.evaluate(Self.echo, keys: [.string(space)], arguments: [.bytes(bytes)])
            #expect(reply == .array([.bytes(Array(space.utf8)), .bytes(bytes)]))
        }
    }

    @Test("A script's error is thrown")
    func failure() async throws {
        let script = RedisScript("return redis.error_reply('STALE term 3')")
        try await withRedis { redis, _ in
            let error = await redisError { try await redis.evaluate(script, keys: []) }
            #expect(error?.prefix == "STALE")
        }
    }

    @Test("Scripts and commands share a pipeline")
    func pipeline() async throws {
        try await withRedis { redis, space in
            var pipeline = RedisPipeline()
            pipeline.append("SET", .string(space), 10)
            pipeline.append(Self.add, keys: [.string(space)], arguments: [5])
            pipeline.append("GET", .string(space))
            #expect(pipeline.count == 3)
            let replies = try await redis.run(pipeline)
            #expect(replies == [.status("OK"), .integer(15), .bytes(Array("15".utf8))])
            pipeline.removeAll()
            #expect(pipeline.isEmpty)
        }
    }
}
