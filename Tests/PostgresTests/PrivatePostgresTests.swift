import Foundation
import Postgres
import PrivateStack
import TestServers
import Testing

@Suite("A private PostgreSQL")
struct PrivatePostgresTests {
    @Test("A second starter adopts the running server; a stopped one starts again with its data")
    func adoptAndRestart() async throws {
        try await TestServers.shared.withDedicatedPostgres { server in
            let process = try #require(server.processID)
            let connection = PostgresConnection(try PostgresOptions(server.conninfo()))
            try await connection.execute("CREATE TABLE t AS SELECT 42 AS n")

            let second = PrivatePostgres(directory: server.directory, options: server.options)
            try await second.start()
            #expect(second.processID == process)

            try await second.stop()
            #expect(server.processID == nil)
            try await second.stop()
            try await server.start()
            #expect(server.processID != process)
            #expect(try await connection.query("SELECT n FROM t")[0].int(0) == 42)
        }
    }

    @Test("Concurrent starts give one server")
    func concurrentStarts() async throws {
        try await TestServers.shared.withFolder { folder in
            let options = PrivateServerOptions(isDurable: false, lifetime: .boundToStarter)
            let servers = (0..<3).map { _ in PrivatePostgres(directory: "\(folder)/pg", options: options) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for server in servers { group.addTask { try await server.start() } }
                try await group.waitForAll()
            }
            #expect(Set(servers.map(\.processID)).count == 1)
            #expect(servers[0].processID != nil)
            try await servers[0].stop()
        }
    }

    @Test("The durable server synchronises; the socket is the only way in")
    func settings() async throws {
        try await TestServers.shared.withDedicatedPostgres { server in
            let connection = PostgresConnection(try PostgresOptions(server.conninfo()))
            let rows = try await connection.query(
                """
                SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('listen_addresses'),
                       current_setting('data_checksums'), current_setting('server_encoding'), current_database()
                """)
            #expect(try (0..<6).map { try rows[0].string($0) } == ["on", "on", "", "on", "UTF8", "tedi"])
            let mode = try FileManager.default.attributesOfItem(atPath: server.directory)[.posixPermissions] as? Int
            #expect(mode == 0o700)
        }
    }

    // Others cannot become somebody else; there the server runs as they do. CI runs as root.
    @Test("Started by root, the server runs as somebody else", .enabled(if: geteuid() == 0))
    func unprivileged() async throws {
        try await TestServers.shared.withDedicatedPostgres(isDurable: false) { server in
            let process = try #require(server.processID)
            let owner = try FileManager.default.attributesOfItem(atPath: "/proc/\(process)")[.ownerAccountID] as? Int
            #expect(owner != nil && owner != 0)
        }
    }

    @Test("A socket path beyond the system's limit is refused with its length")
    func longPath() async throws {
        try await TestServers.shared.withFolder { folder in
            let deep = folder + "/" + String(repeating: "d", count: 100)
            let error = await #expect(throws: PrivateStackError.self) {
                try await PrivatePostgres(directory: deep).start()
            }
            #expect(error?.reason == .socketPathTooLong)
            #expect(error?.message.contains("Linux allows 107") == true)
        }
    }

    @Test("Missing programs say what to install")
    func notInstalled() async throws {
        try await TestServers.shared.withFolder { folder in
            let options = PrivateServerOptions(programDirectories: [folder])
            let error = await #expect(throws: PrivateStackError.self) {
                try await PrivatePostgres(directory: "\(folder)/pg", options: options).start()
            }
            #expect(error?.reason == .notInstalled)
            #expect(error?.remedy == "apt-get install postgresql")
        }
    }

    @Test("A version before 15 is refused")
    func oldVersion() async throws {
        try await TestServers.shared.withFolder { folder in
            for name in ["postgres", "initdb"] {
                try makeProgram("\(folder)/\(name)", printing: "\(name) (PostgreSQL) 14.11 (Debian 14.11-1)")
            }
            let options = PrivateServerOptions(programDirectories: [folder])
            let error = await #expect(throws: PrivateStackError.self) {
                try await PrivatePostgres(directory: "\(folder)/pg", options: options).start()
            }
            #expect(error?.reason == .wrongVersion)
            #expect(error?.message == "PostgreSQL 14.11 is too old: Tedi needs 15 or later")
        }
    }

    @Test("Data of another version is not touched")
    func foreignData() async throws {
        try await TestServers.shared.withFolder { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/pg/data", withIntermediateDirectories: true)
            try Data("9\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/pg/data/PG_VERSION"))
            let error = await #expect(throws: PrivateStackError.self) {
                try await PrivatePostgres(directory: "\(folder)/pg").start()
            }
            #expect(error?.reason == .wrongVersion)
            #expect(error?.message.contains("made by PostgreSQL 9") == true)
        }
    }

    @Test("A server that cannot start fails at once with the log's last lines")
    func brokenSettings() async throws {
        try await TestServers.shared.withFolder { folder in
            let options = PrivateServerOptions(
                isDurable: false, lifetime: .boundToStarter, settings: ["shared_buffers": "nonsense"])
            let error = await #expect(throws: PrivateStackError.self) {
                try await PrivatePostgres(directory: "\(folder)/pg", options: options).start()
            }
            #expect(error?.reason == .start)
            #expect(error?.logTail?.contains("shared_buffers") == true)
        }
    }

    // Only root has a server of another user.
    @Test("A folder that the server's user cannot reach names the closed one", .enabled(if: geteuid() == 0))
    func closedFolder() async throws {
        try await TestServers.shared.withFolder { folder in
            try FileManager.default.createDirectory(
                atPath: "\(folder)/closed", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let error = await #expect(throws: PrivateStackError.self) {
                try await PrivatePostgres(directory: "\(folder)/closed/pg").start()
            }
            #expect(error?.reason == .folder)
            #expect(error?.message.contains("/closed is closed to it") == true)
        }
    }

    private func makeProgram(_ path: String, printing line: String) throws {
        let draft = path + ".draft"
        try Data("#!/bin/sh\necho '\(line)'\n".utf8).write(to: URL(fileURLWithPath: draft))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: draft)
        // Copied by another process: a file that this one writes can be open for writing in the child of a test that
        // forks at that moment, and then cannot be executed ("text file busy").
        let copy = try Process.run(URL(fileURLWithPath: "/bin/cp"), arguments: ["-p", draft, path])
        copy.waitUntilExit()
    }
}
