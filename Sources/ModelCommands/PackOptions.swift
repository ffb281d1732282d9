import ArgumentParser
import TediGAN
import Torch

/// Which pack runs, on how many threads.
struct PackOptions: ParsableArguments {
    @Option(help: "Pack folder.")
    var pack: String

    @Option(help: "Threads of LibTorch.")
    var threads = 2

    func validate() throws {
        guard (1...256).contains(threads) else { throw ValidationError("--threads must be in 1...256") }
    }

    /// Sets LibTorch up and opens the pack.
    func open() throws -> ModelPack {
        Torch.configure()
        Torch.threadCount = threads
        return try ModelPack(opening: pack)
    }
}
