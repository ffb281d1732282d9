import Configuration
import JobAPI
import JobStore
import Jobs
import Testing

@testable import Coordinator

@Suite("Requests need a key unless somebody says otherwise", .timeLimit(.minutes(15)))
struct KeyDefaultTests {
    private static func configuration(
        _ environment: [String: String] = [:], flags: [String: String] = [:]
    ) async throws -> CoordinatorConfiguration {
        let needed = ["TEDI_POSTGRES": "dbname=e", "TEDI_REDIS": "/e", "TEDI_ARTIFACTS": "/a"]
        let reader = try await ConfigReader.coordinator(
            flags: flags, file: nil, environment: needed.merging(environment) { $1 })
        return try CoordinatorConfiguration(reader, defaultName: "n")
    }

    @Test("Only the setting itself turns keys off, and no other word does")
    func setting() async throws {
        #expect(try await Self.configuration().needsKeys)
        #expect(try await Self.configuration(["TEDI_AUTH": "on"]).needsKeys)
        #expect(try await !Self.configuration(["TEDI_AUTH": "off"]).needsKeys)
        #expect(try await !Self.configuration(flags: ["auth": "off"]).needsKeys)
        #expect(try await Self.configuration(["TEDI_AUTH": "off"], flags: ["auth": "on"]).needsKeys)
        for word in ["no", "0", "false", "OFF", "none"] {
            let error = await #expect(throws: StartupError.self, "\(word)") {
                try await Self.configuration(["TEDI_AUTH": word])
            }
            #expect(error?.description.contains("TEDI_AUTH") == true)
        }
        // Neither does a coordinator that is set up in code.
        #expect(CoordinatorConfiguration(postgres: "", redis: nil, artifacts: "", name: "n").needsKeys)
    }

    @Test("Batches are kept for ever unless somebody says for how long")
    func retention() async throws {
        #expect(try await Self.configuration().retention == nil)
        let days = Duration.seconds(2 * 86_400)
        #expect(try await Self.configuration(["TEDI_RETENTION_DAYS": "2"]).retention == days)
    }

    private static func with(
        _ more: [String: String], _ body: @Sendable (API, JobStore) async throws -> Void
    ) async throws {
        try await World.with { world in
            let configuration = try await Self.configuration(
                [
                    "TEDI_POSTGRES": world.conninfo, "TEDI_REDIS": world.redis,
                    "TEDI_REDIS_NAMESPACE": world.namespace, "TEDI_ARTIFACTS": world.artifacts,
                    "TEDI_LISTEN": "127.0.0.1:0",
                ].merging(more) { $1 })
            let coordinator = try await RunningCoordinator.start(configuration)
            do {
                try await body(coordinator.api, try world.store())
                try await coordinator.stop()
            } catch {
                await coordinator.kill()
                throw error
            }
        }
    }

    @Test("Without the setting a request without a key is refused, and one with a key is not")
    func needed() async throws {
        try await Self.with([:]) { api, store in
            for path in [Routes.batches, Routes.workers, Routes.status, Routes.dead(), Routes.keys, Routes.metrics] {
                let answer = try await api.send("GET", path)
                #expect(answer.status == 401, "\(path)")
                #expect(try answer.problem.code == .unauthorized)
            }
            let body = #"{"name": "n", "model": "demo"}"#
            #expect(try await api.post(Routes.batches, json: body).status == 401)
            #expect(try await store.batches(limit: 10).elements.isEmpty)
            #expect(try await api.send("GET", Routes.health).status == 200)
            let key = try await store.createKey(name: "test", tenant: "default", scopes: [.submit])
            #expect(try await api.with(key.secret.reveal()).post(Routes.batches, json: body).status == 201)
        }
    }

    @Test("With the setting off nobody is asked for a key")
    func off() async throws {
        try await Self.with(["TEDI_AUTH": "off"]) { api, _ in
            let (keys, made) = (
                try await api.send("GET", Routes.keys),
                try await api.post(Routes.batches, json: #"{"name": "n", "model": "demo"}"#)
            )
            #expect(keys.status == 200 && made.status == 201)
        }
    }
}
