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

@Suite("Addresses with users")
struct AddressTests {
    @Test("User, password and database are read, escapes among them")
    func parts() throws {
        let full = try RedisOptions(address: "redis://worker:p%40ss%2Fword@host:7000/3")
        #expect(full.endpoint == .tcp(host: "host", port: 7_000))
        #expect(full.username == "worker" && full.password == "p@ss/word" && full.database == 3)
        let bare = try RedisOptions(address: "redis://[::1]")
        #expect(bare.endpoint == .tcp(host: "::1", port: 6_379))
        #expect(bare.username == nil && bare.password == nil && bare.database == 0)
        #expect(try RedisOptions(address: "redis://:only@h").password == "only")
    }

    @Test("What is given apart wins; a user needs a password")
    func apart() throws {
        let options = try RedisOptions(address: "/run/redis.sock", username: "u", password: "p")
        #expect(options.username == "u" && options.password == "p")
        #expect(try RedisOptions(address: "redis://a:b@h", username: "u", password: "p").username == "u")
        #expect(throws: RedisError.self) { try RedisOptions(address: "/run/redis.sock", username: "u") }
        let missing = #expect(throws: RedisError.self) {
            try RedisOptions(address: "/s", passwordFile: "/nonexistent/password")
        }
        #expect(missing?.message.contains("/nonexistent/password") == true)
    }

    @Test(
        "No error repeats a password",
        arguments: [
            "rediss://u:hushhush@h", "redis://u:hushhush@h:0", "redis://u:hushhush@h/x", "redis://u:hushhush@",
            "u:hushhush@host", "redis://u:hushhush@h?a=b",
        ])
    func hidden(address: String) {
        let error = #expect(throws: RedisError.self) { try RedisOptions(address: address) }
        #expect(error?.reason == .misuse)
        #expect(error?.message.contains("hushhush") == false)
    }
}
