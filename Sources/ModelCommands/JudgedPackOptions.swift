import ArgumentParser
import Evaluation
import TediGAN
import Training

/// A pack and the judge that looks at its faces.
struct JudgedPackOptions: ParsableArguments {
    @OptionGroup var source: PackOptions

    @Option(help: "Judge file, as `tedi-model train classifier` writes it.")
    var judge = "Resources/Judges/demo-64.safetensors"

    @Option(help: "Seed of the faces.")
    var seed: UInt64 = 1

    /// Opens both.
    func open() throws -> (pack: ModelPack, judge: AttributeJudge) {
        (try source.open(), try AttributeJudge(reading: judge))
    }

    /// Opens both, for faces that the pack's generator draws.
    func openGenerator() throws -> (pack: ModelPack, generator: Generator, judged: JudgedGenerator) {
        let (pack, judge) = try open()
        let generator = try pack.generator().frozen(differentiable: false)
        return (pack, generator, JudgedGenerator(generator, judge: judge))
    }
}
