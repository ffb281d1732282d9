import Captions
import Foundation
import Glibc
import Layers
import TediGAN
import Testing
import Torch

/// Figures, not judgements: `TEDI_BENCH=1` prints them.
@Suite("Speed", .serialized, .enabled(if: ProcessInfo.processInfo.environment["TEDI_BENCH"] == "1"))
struct GeneratorSpeed {
    private static let configuration = GeneratorConfiguration(
        resolution: 64, wDimension: 128, featureMapsBase: 1536, featureMapsMax: 128)

    @Test("Generator at 64 pixels, one thread", arguments: [8, 16])
    func generator(batch: Int) throws {
        Torch.threadCount = 1
        let store = ParameterStore(seed: 1)
        let generator = try store.build { scope throws(LayerError) in
            try Generator(Self.configuration, in: scope)
        }
        let frozen = try generator.frozen()
        let codes = try Tensor.randn([batch, 10, 128], seed: 1)
        let forward = try measure {
            _ = try withInferenceMode { () throws(TorchError) in try frozen.synthesize(codes) }
        }
        let both = try measure {
            try Tensor.zeroGradients(store.trainableTensors)
            try generator.synthesize(codes).square().mean().backward()
        }
        report("forward", batch, forward)
        report("forward and backward", batch, both)
        #expect(forward.cpu > 0 && both.cpu > 0)
    }

    @Test("Text to image at 64 pixels, one thread", arguments: [1, 16])
    func pipeline(batch: Int) throws {
        Torch.threadCount = 1
        var contents = try SmallModel.contents()
        let generator = ParameterStore(seed: 1)
        _ = try generator.build { scope throws(LayerError) in try Generator(Self.configuration, in: scope) }
        let text = ParameterStore(seed: 2)
        let configuration = TextEncoderConfiguration(
            vocabularySize: SmallModel.vocabulary.count, layers: 10, wDimension: 128)
        _ = try text.build { scope throws(LayerError) in try TextEncoder(configuration, in: scope) }
        contents[.generator] = try .init(.generator, .styleGAN, Self.configuration, generator.tensors)
        contents[.text] = try .init(.text, .textEncoder, configuration, text.tensors)
        contents[.photo] = nil
        contents.styleCandidates = 32
        contents.policy = LayerPolicy(
            attributes: contents.policy.attributes.map { attribute in
                var attribute = attribute
                attribute.layers = Array(0..<10)
                attribute.subspace = attribute.subspace ?? "beard"
                return attribute
            })
        contents.subspaces = ["beard": try .randn([8, 128], seed: 8), "hair": try .randn([8, 128], seed: 9)]
        try SmallModel.withFolder { folder in
            let pack = try ModelPack.write(contents, to: folder.appendingPathComponent("pack").path)
            let pipeline = try TextToImage(pack: pack)
            let requests = (0..<batch).map {
                TextToImageRequest(caption: "a man with no beard and blond hair", seed: 1, sample: $0)
            }
            report("text to image", batch, try measure { _ = try pipeline.generate(requests) })
        }
    }

    private func report(_ name: String, _ batch: Int, _ seconds: (wall: Double, cpu: Double)) {
        let figures = [seconds.cpu * 1e3, Double(batch) / seconds.cpu, Double(batch) / seconds.wall]
        let text = figures.map { String(format: "%.1f", $0) }
        print("speed \(name), batch \(batch): \(text[0]) CPU-ms, \(text[1]) images/CPU-s, \(text[2]) images/s")
    }

    /// Medians of eleven runs after two.
    private func measure(_ body: () throws -> Void) throws -> (wall: Double, cpu: Double) {
        var walls: [Double] = []
        var cpus: [Double] = []
        for run in 0..<13 {
            let (wall, cpu) = (seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID))
            try body()
            guard run >= 2 else { continue }
            walls.append(seconds(CLOCK_MONOTONIC) - wall)
            cpus.append(seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu)
        }
        return (walls.sorted()[walls.count / 2], cpus.sorted()[cpus.count / 2])
    }

    private func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
