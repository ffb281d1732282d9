import Foundation
import PrivateStack
import Redis
import TestServers
import Testing

@Suite("A private Redis")
struct PrivateRedisTests {
    @Test("A second starter adopts the running server; a stopped one starts again with its data")
    func adoptAndRestart() async throws {
        try await TestServers.shared.withDedicatedRedis { server in
            let process = try #require(server.processID)
            let redis = RedisConnection(try RedisOptions(address: server.address))
            try await redis.command("SET", "n", 42)

            let second = PrivateRedis(directory: server.directory, options: server.options)
            try await second.start()
            #expect(second.processID == process)

            try await second.stop()
            #expect(server.processID == nil)
            try await server.start()
            #expect(try await redis.command("GET", "n").int64() == 42)
            let mode = try FileManager.default.attributesOfItem(atPath: server.directory)[.posixPermissions] as? Int
            #expect(mode == 0o700)
        }
    }

    // Others cannot become somebody else; there the server runs as they do. CI runs as root.
    @Test("Started by root, the server runs as somebody else", .enabled(if: geteuid() == 0))
    func unprivileged() async throws {
        try await TestServers.shared.withDedicatedRedis(isDurable: false) { server in
            let process = try #require(server.processID)
            let owner = try FileManager.default.attributesOfItem(atPath: "/proc/\(process)")[.ownerAccountID] as? Int
            #expect(owner != nil && owner != 0)
        }
    }

    @Test("A detached server outlives the object that started it")
    func detached() async throws {
        try await TestServers.shared.withFolder { folder in
            var first: PrivateRedis? = PrivateRedis(directory: "\(folder)/redis")
            try await first?.start()
            let process = try #require(first?.processID)
            first = nil
            let second = PrivateRedis(directory: "\(folder)/redis")
            try await second.start()
            #expect(second.processID == process)
            try await second.stop()
            #expect(second.processID == nil)
        }
    }

    @Test("A server bound to its starter ends with it")
    func bound() async throws {
        try await TestServers.shared.withFolder { folder in
            let options = PrivateServerOptions(lifetime: .boundToStarter)
            var first: PrivateRedis? = PrivateRedis(directory: "\(folder)/redis", options: options)
            try await first?.start()
            #expect(first?.processID != nil)
            first = nil
            let observer = PrivateRedis(directory: "\(folder)/redis", options: options)
            #expect(try await eventually { observer.processID == nil })
        }
    }

    @Test("A missing program says what to install; an old one which version is needed")
    func programs() async throws {
        try await TestServers.shared.withFolder { folder in
            let options = PrivateServerOptions(programDirectories: [folder])
            let missing = await #expect(throws: PrivateStackError.self) {
                try await PrivateRedis(directory: "\(folder)/redis", options: options).start()
            }
            #expect(missing?.reason == .notInstalled)
            #expect(missing?.remedy == "apt-get install redis-server")

            let program = "\(folder)/redis-server"
            let line = "Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64 build=0"
            try Data("#!/bin/sh\necho '\(line)'\n".utf8).write(to: URL(fileURLWithPath: program + ".draft"))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program + ".draft")
            // Copied by another process: a file that this one writes can be open for writing in the child of a test
            // that forks at that moment, and then cannot be executed ("text file busy").
            try Process.run(URL(fileURLWithPath: "/bin/cp"), arguments: ["-p", program + ".draft", program])
                .waitUntilExit()
            let old = await #expect(throws: PrivateStackError.self) {
                try await PrivateRedis(directory: "\(folder)/redis", options: options).start()
            }
            #expect(old?.reason == .wrongVersion)
            #expect(old?.message == "Redis 6.0.16 is too old: Tedi needs 6.2 or later")
        }
    }
}
