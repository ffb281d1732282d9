import ArgumentParser
import TediGAN
import Torch

/// Which pack runs, and where.
struct ModelOptions: ParsableArguments {
    @Option(help: "Pack folder.")
    var pack: String

    @Option(help: "cpu, cuda or cuda:N.")
    var device = "cpu"

    @Option(help: "Threads of LibTorch.")
    var threads = 2

    func validate() throws {
        guard (1...256).contains(threads) else { throw ValidationError("--threads must be in 1...256") }
        guard Device(device) != nil else { throw ValidationError("--device is cpu, cuda or cuda:N") }
    }

    /// Sets LibTorch up and opens the pack.
    func open() throws -> (pack: ModelPack, device: Device) {
        Torch.configure()
        Torch.threadCount = threads
        guard let place = Device(device) else { throw ValidationError("--device is cpu, cuda or cuda:N") }
        if case .cuda = place {
            // The same command gives the same bytes: no algorithm that adds in any order, no rounding to TF32.
            try Torch.setNumerics(allowTF32: false, benchmark: false, deterministic: true)
        }
        return (try ModelPack(opening: pack), place)
    }
}
