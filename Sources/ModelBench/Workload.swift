import ArgumentParser
import Foundation
import Glibc
import Layers
import Perception
import TediGAN
import Torch

/// One kind of work, with untrained networks of the published sizes: speed does not depend on the numbers.
enum Workload: String, CaseIterable, ExpressibleByArgument {
    /// The 256-pixel generator from codes to images.
    case images
    /// The same with pixels of bfloat16 inside.
    case coarse
    /// Instance-level optimisation with pixel, perceptual and encoder losses.
    case steps

    /// Prepares the work for a batch; the closure does it once.
    func prepared(batch: Int) throws -> () throws -> Void {
        switch self {
        case .images: try Self.generation(batch, nil)
        case .coarse: try Self.generation(batch, .bfloat16)
        case .steps: try Self.optimization(batch)
        }
    }

    private static func generation(_ batch: Int, _ precision: DType?) throws -> () throws -> Void {
        let generator = try generator(differentiable: false, precision: precision)
        let codes = try codes(batch, of: generator)
        return {
            _ = try withInferenceMode { () throws(TorchError) in try generator.images(of: codes) }
        }
    }

    private static func optimization(_ batch: Int) throws -> () throws -> Void {
        let generator = try generator(differentiable: true)
        let size = generator.resolution
        let encoder = try built { scope throws(LayerError) in
            try InversionEncoder(InversionEncoderConfiguration(), in: scope)
        }.frozen()
        let features = try built { scope throws(LayerError) in try PerceptualVGG16(in: scope) }.frozen(side: size)
        let optimization = try InstanceOptimization(
            generator: generator,
            terms: [
                .init(1, PixelLoss()), .init(5e-5, PerceptualLoss(features)),
                .init(2, EncoderLoss { x throws(TorchError) in try encoder(x) }),
            ])
        var faces: [OptimizedFace] = []
        for index in 0..<batch {
            let image = try Tensor.randn([1, 3, size, size], seed: UInt64(index)).tanh()
            let start = try withNoGradient { () throws(TorchError) in try encoder(image) }
            faces.append(try optimization.face(OptimizationGoal(start: start, image: image)))
        }
        return { try optimization.step(faces) }
    }

    /// How near images with bfloat16 inside are to those without: the ratio of the range's square to the mean squared
    /// difference, in dB.
    static func fidelity() throws -> Double {
        let images = try [nil, DType.bfloat16].map { precision in
            let generator = try generator(differentiable: false, precision: precision)
            return try withInferenceMode { () throws(TorchError) in
                try generator.images(of: Tensor.randn([4, generator.layers, generator.width], seed: 1))
            }
        }
        let error = try (images[0] - images[1]).square().mean().item()
        return 10 * log10(4 / error)
    }

    private static func codes(_ batch: Int, of generator: Generator) throws -> Tensor {
        try Tensor.randn([batch, generator.layers, generator.width], seed: 1)
    }

    private static func generator(differentiable: Bool, precision: DType? = nil) throws -> Generator {
        try built { scope throws(LayerError) in try Generator(GeneratorConfiguration(), in: scope) }
            .frozen(differentiable: differentiable, precision: precision)
    }

    /// A network with fresh numbers, whose store is let go, so that memory holds the frozen form alone.
    private static func built<Network>(
        _ body: (ParameterScope) throws(LayerError) -> Network
    ) throws -> Network {
        try ParameterStore(seed: 1, trains: false).build(body)
    }
}

/// What one process measured; the yardstick prints the same.
struct Measurement: Codable {
    /// Median time of one run.
    var seconds: Double
    /// Most memory that the process has had.
    var peakBytes: Double

    enum CodingKeys: String, CodingKey {
        case seconds
        case peakBytes = "peak_bytes"
    }

    /// At least three runs after one, for about `seconds`.
    static func of(_ body: () throws -> Void, seconds: Double) throws -> Measurement {
        try body()
        let clock = ContinuousClock()
        let start = clock.now
        var times: [Double] = []
        while times.count < 3 || clock.now - start < .seconds(seconds) {
            let time = try clock.measure(body)
            times.append(time / .seconds(1))
        }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Measurement(seconds: times.sorted()[times.count / 2], peakBytes: Double(usage.ru_maxrss) * 1024)
    }
}
