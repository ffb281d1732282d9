import ArgumentParser
import Artifacts
import Redis
import WorkerRuntime

/// `tedi-worker check`.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Says whether a worker with these settings would work, and what to mend.",
        discussion: """
            Prints a line for each part, “ok” or “FAILED”, with what was found. Exits with 0 if all are well, 1 if one \
            is not, 2 if a setting cannot be used. It claims no job and leaves nothing behind.
            """)

    @OptionGroup var options: WorkerOptions
    @OptionGroup var model: ModelOptions

    func run() async throws {
        let configuration = try options.checkedConfiguration(program: "tedi-worker", more: model.settings)
        let factories = try configuration.checkedFactories()
        let checks: [(name: String, body: () async throws -> String)] = [
            ("redis", { try await Self.redis(configuration) }),
            ("artifacts", { try await Self.artifacts(configuration) }),
            ("model", { try await Self.models(factories) }),
        ]
        var isWell = true
        for check in checks {
            do {
                print("ok      \(check.name): \(try await check.body())")
            } catch {
                isWell = false
                print("FAILED  \(check.name): \(error)")
            }
        }
        if !isWell { throw ExitCode.failure }
    }

    private static func redis(_ configuration: WorkerConfiguration) async throws -> String {
        let options = try configuration.redisOptions()
        let connection = RedisConnection(options)
        try await connection.command("PING")
        await connection.close()
        return "\(options.endpoint) answers"
    }

    private static func artifacts(_ configuration: WorkerConfiguration) async throws -> String {
        try await LocalArtifactStore(directory: configuration.artifacts).probe(bytes: 1 << 20)
        return "\(configuration.artifacts) can be written to"
    }

    private static func models(_ factories: [ModelFactory]) async throws -> String {
        let found = try await WorkerProcess.check(factories).map { model in
            let size = "\(model.resolution)x\(model.resolution)"
            return "\(model.name) (\(model.digest.prefix(12))…) draws \(size) on \(model.device)"
        }
        return found.joined(separator: "; ")
    }
}
