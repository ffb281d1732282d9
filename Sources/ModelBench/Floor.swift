import Foundation
import Reporting
import TediGAN
import Torch

/// The least time that the arithmetic takes: products over what the machine's best matrix product does in a second.
enum Floor {
    /// The measured ceiling, and which share of it the figures reach, counted by the products of the definition: above 1
    /// means that fewer products were done.
    static func rows(threads: Int, imagesPerSecond: Double) throws -> [FigureRow] {
        let ceiling = try ceiling(threads: threads)
        let image = Double(products(GeneratorConfiguration()))
        return [
            FigureRow("GFLOP/s of a matrix product, \(threads) threads", ours: ceiling / 1e9),
            FigureRow("GFLOP of one image by the definition", ours: 2 * image / 1e9),
            FigureRow(
                "images: share of the ceiling, by the definition's products",
                ours: imagesPerSecond * 2 * image / ceiling),
        ]
    }

    /// Multiplications of one image by the definition: every output sums nine taps of every input channel, at the size
    /// after doubling.
    static func products(_ configuration: GeneratorConfiguration) -> Int {
        (1..<configuration.layers).reduce(0) { sum, layer in
            let side = configuration.resolution(ofLayer: layer)
            let inputs = configuration.channels(at: layer % 2 == 0 ? side / 2 : side)
            // From 128 pixels on the published form already doubles with four taps.
            let taps = layer % 2 == 0 && side >= 128 ? 4 : 9
            return sum + inputs * configuration.channels(at: side) * taps * side * side
        }
    }

    /// The best of several products of 1,536 by 1,536 matrices.
    private static func ceiling(threads: Int) throws -> Double {
        Torch.threadCount = threads
        let size = 1536
        let a = try Tensor.randn([size, size], seed: 1)
        let clock = ContinuousClock()
        var best = Double.infinity
        for _ in 0..<8 {
            let time = try clock.measure { _ = try a.matmul(a) }
            best = min(best, time / .seconds(1))
        }
        return 2 * pow(Double(size), 3) / best
    }
}
