public import ArgumentParser
import Foundation
import WorkerRuntime

/// `tedi-worker`: runs a model on jobs from the queue.
///
/// A binary that is linked against LibTorch does not start where LibTorch is not found, and cannot say so itself: the
/// loader does. `tedi doctor`, which needs no LibTorch, runs `tedi-worker check` and explains that message.
public struct WorkerCommand: AsyncParsableCommand {
    /// Name, summary, version and subcommands.
    public static let configuration = CommandConfiguration(
        commandName: "tedi-worker",
        abstract: "Draws faces for jobs from the queue.",
        discussion: """
            Settings come from flags, else from the environment (TEDI_REDIS, TEDI_ARTIFACTS, TEDI_PACK, …), else from \
            defaults.

            Example: tedi-worker run --redis /run/tedi/redis.sock --artifacts /var/lib/tedi/artifacts --pack demo.pack
            """,
        version: Versions.tedi,
        subcommands: [RunCommand.self, CheckCommand.self],
        defaultSubcommand: RunCommand.self)

    /// Creates the command.
    public init() {}
}

/// The flags about the models that a worker runs.
struct ModelOptions: ParsableArguments {
    @Option(help: "Folder of a model pack; or several with “:” between; repeatable [TEDI_PACK].")
    var pack: [String] = []

    @Option(help: "Models in memory at once (default: all); others are loaded when they are asked for [TEDI_WARM].")
    var warm: String?

    @Option(help: "cpu, cuda or cuda:<number> [TEDI_DEVICE].")
    var device: String?

    @Option(help: "float32, or bfloat16 inside the generator, faster on processors that multiply it [TEDI_PRECISION].")
    var precision: String?

    @Option(help: "Threads of one tensor operation; 0: as many as there are cores [TEDI_THREADS].")
    var threads: String?

    /// What was given.
    var settings: [WorkerSetting: String] {
        let given: [WorkerSetting: String?] = [
            .pack: pack.isEmpty ? nil : pack.joined(separator: ":"), .warm: warm, .device: device,
            .precision: precision, .threads: threads,
        ]
        return given.compactMapValues(\.self)
    }
}

extension WorkerConfiguration {
    /// Makes the models, or says that no pack was named and exits with 2.
    func checkedFactories() throws -> [ModelFactory] {
        guard !packs.isEmpty else {
            let error = WorkerConfigurationError(.pack, "is not set; give the folder of a model pack")
            FileHandle.standardError.write(Data("tedi-worker: \(error)\n".utf8))
            throw ExitCode(2)
        }
        return factories
    }
}
