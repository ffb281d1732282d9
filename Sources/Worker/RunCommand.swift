import ArgumentParser
import Torch
import WorkerRuntime

/// `tedi-worker run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Works until SIGTERM.",
        discussion: """
            SIGTERM and SIGINT drain: jobs that were not begun go back to the queue at once, those under way are \
            finished and reported, and the worker exits with 0. A second signal, or --drain-seconds, gives the rest \
            back as well. No attempt of a job is counted for any of this.
            """)

    @OptionGroup var options: WorkerOptions
    @OptionGroup var model: ModelOptions

    func run() async throws {
        let configuration = try options.checkedConfiguration(program: "tedi-worker", more: model.settings)
        try await WorkerProcess.run(configuration, makeModels: configuration.checkedFactories())
    }
}

extension WorkerConfiguration {
    /// Makes the models; each is to be called on the model's thread.
    var factories: [ModelFactory] {
        let (device, precision, threads, batch) = (device, precision, threads, batch)
        return packs.map { pack in
            {
                Torch.configure()
                return try TediGANModel(
                    path: pack, device: device, precision: precision, threads: threads, batch: batch)
            }
        }
    }
}
