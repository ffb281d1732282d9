import ArgumentParser
import Evaluation
import TediGAN
import Torch
import Training

/// A pack and the judge that looks at its faces.
struct JudgedPackOptions: ParsableArguments {
    @Option(help: "Pack folder.")
    var pack: String

    @Option(help: "Judge file, as `tedi-model train classifier` writes it.")
    var judge = "Resources/Judges/demo-64.safetensors"

    @Option(help: "Seed of the faces.")
    var seed: UInt64 = 1

    @Option(help: "Threads of LibTorch.")
    var threads = 2

    func validate() throws {
        guard (1...256).contains(threads) else { throw ValidationError("--threads must be in 1...256") }
    }

    /// Opens both.
    func open() throws -> (pack: ModelPack, generator: Generator, judged: JudgedGenerator) {
        Torch.configure()
        Torch.threadCount = threads
        let pack = try ModelPack(opening: pack)
        let judge = try AttributeJudge(reading: judge)
        let generator = try pack.generator().frozen(differentiable: false)
        return (pack, generator, JudgedGenerator(generator, judge: judge))
    }
}
