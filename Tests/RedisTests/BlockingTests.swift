import Redis
import TestServers
import Testing

@Suite("Commands that wait")
struct BlockingTests {
    @Test("A waiting connection gets what another one pushes")
    func delivery() async throws {
        try await TestServers.shared.withRedisNamespace { address, space in
            let options = try RedisOptions(address: address)
            let waiter = Task {
                try await RedisConnection(options).blockingCommand(["BLPOP", "\(space)", 30], timeout: .seconds(30))
            }
            let control = RedisConnection(options)
            try await control.command("RPUSH", "\(space)", "job")
            let reply = try await waiter.value
            #expect(try reply?.array()[1].string() == "job")
        }
    }

    @Test("A wait that ends by time gives nil and leaves the connection open")
    func end() async throws {
        try await withRedis { redis, space in
            let reply = try await redis.blockingCommand(["BLPOP", "\(space)", "0.05"], timeout: .milliseconds(50))
            #expect(reply == nil)
            #expect(try await redis.command("PING").string() == "PONG")
        }
    }

    @Test("An interrupt ends the wait at once, and later ones until it is lifted")
    func interrupt() async throws {
        try await TestServers.shared.withRedisNamespace { address, space in
            let options = try RedisOptions(address: address)
            let (redis, control) = (RedisConnection(options), RedisConnection(options))
            for command in [["BLPOP", "\(space)a", 60], ["BZPOPMIN", "\(space)b", 60]] as [[RedisArgument]] {
                let waiter = Task { try await redis.blockingCommand(command, timeout: .seconds(60)) }
                let elapsed = try await ContinuousClock().measure {
                    // Whether the wait has begun yet does not matter.
                    try await redis.interrupt(using: control)
                    #expect(try await waiter.value == nil)
                }
                #expect(elapsed < .seconds(30))
                #expect(try await redis.blockingCommand(command, timeout: .seconds(60)) == nil)
                redis.resume()
            }
            try await control.command("RPUSH", "\(space)a", 1)
            let reply = try await redis.blockingCommand(["BLPOP", "\(space)a", 60], timeout: .seconds(60))
            #expect(reply != nil)
        }
    }

    @Test("An interrupt ends a stream reader that has waited for a while")
    func interruptStream() async throws {
        try await TestServers.shared.withRedisNamespace { address, space in
            let options = try RedisOptions(address: address)
            let (redis, control) = (RedisConnection(options), RedisConnection(options))
            let stream = RedisArgument.string("\(space)up")
            try await control.command("XGROUP", "CREATE", stream, "recorders", "0", "MKSTREAM")
            let waiter = Task {
                try await redis.blockingCommand(
                    ["XREADGROUP", "GROUP", "recorders", "me", "BLOCK", 60_000, "STREAMS", stream, ">"],
                    timeout: .seconds(60))
            }
            let isWaiting = try await eventually {
                try await control.command("CLIENT", "LIST").string().contains("cmd=xreadgroup")
            }
            #expect(isWaiting)
            try await redis.interrupt(using: control)
            #expect(try await waiter.value == nil)
        }
    }
}
