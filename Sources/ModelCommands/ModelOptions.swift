import ArgumentParser
import TediGAN
import Torch

/// Which pack runs, and where.
struct ModelOptions: ParsableArguments {
    @OptionGroup var source: PackOptions

    @Option(help: "cpu, cuda or cuda:N.")
    var device = "cpu"

    func validate() throws {
        guard Device(device) != nil else { throw ValidationError("--device is cpu, cuda or cuda:N") }
    }

    /// Sets LibTorch up and opens the pack.
    func open() throws -> (pack: ModelPack, device: Device) {
        guard let place = Device(device) else { throw ValidationError("--device is cpu, cuda or cuda:N") }
        let pack = try source.open()
        if case .cuda = place {
            // The same command gives the same bytes: no algorithm that adds in any order, no rounding to TF32.
            try Torch.setNumerics(allowTF32: false, benchmark: false, deterministic: true)
        }
        return (pack, place)
    }
}
