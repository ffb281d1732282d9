import Redis
import Testing

@Suite("Addresses")
struct OptionsTests {
    @Test("Socket paths and host:port are understood")
    func addresses() throws {
        #expect(try RedisEndpoint("/run/redis.sock") == .unix(path: "/run/redis.sock"))
        #expect(try RedisEndpoint("unix:/run/redis.sock") == .unix(path: "/run/redis.sock"))
        #expect(try RedisEndpoint("localhost:6379") == .tcp(host: "localhost", port: 6379))
        #expect(try RedisEndpoint("::1:6379") == .tcp(host: "::1", port: 6379))
    }

    @Test("Anything else is refused", arguments: ["", "localhost", ":6379", "host:0", "host:99999", "host:port"])
    func refused(address: String) {
        let error = #expect(throws: RedisError.self) { try RedisEndpoint(address) }
        #expect(error?.reason == .misuse)
    }

    @Test("A socket path beyond the system's limit is refused")
    func longPath() {
        #expect(throws: RedisError.self) { try RedisEndpoint("/" + String(repeating: "x", count: 107)) }
    }
}
