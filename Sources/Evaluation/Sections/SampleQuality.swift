import FaceData
import Images
import TediGAN
import Torch
import Training

/// How near faces from noise come to real ones, and how much of these they cover.
public struct SampleQuality: SectionQuality, Codable, Sendable, Hashable {
    /// N: samples, and test faces.
    public let count: Int
    /// The Fréchet distance of samples and test faces.
    public let frechet: FrechetDistance
    /// The Fréchet distance of as many other rendered faces: what N alone makes of it.
    public let frechetFloor: FrechetDistance
    /// The kernel distance of samples and test faces.
    public let kernel: KernelDistance
    /// The kernel distance of other rendered faces.
    public let kernelFloor: KernelDistance
    /// Share of test faces with a sample near them.
    public let coverage: Double
    /// Share of test faces with another rendered face near them: the ceiling.
    public let coverageOfRenders: Double
    /// How densely samples lie among test faces; 1 for real ones.
    public let density: Double
    /// k of coverage and density.
    public let neighbours: Int
    /// Whether the features are those of the FID.
    public let isFID: Bool

    init(_ run: EvaluationRun) throws {
        let count = run.options.faces
        let generator = try run.generator()
        let key = run.options.seed &+ 0x5A
        func pictures(_ indices: [Int]) throws -> Tensor {
            let numbers = indices.flatMap { SampleKey(seed: key, sample: UInt64($0)).latent(generator.noiseWidth) }
            let z = try Tensor(numbers, shape: [indices.count, generator.noiseWidth])
            return try generator.images(of: generator.truncated(generator.mapped(z), psi: 1))
        }
        var parts: [Tensor] = []
        for indices in run.batches(of: count) {
            parts.append(try withInferenceMode { try run.detectors.features(pictures(indices)) })
            run.progress("samples", indices, of: count)
        }
        let (real, other, made) = (try run.features().first, try run.features().second, try Tensor.cat(parts))
        frechet = try FrechetDistance(made, real)
        frechetFloor = try FrechetDistance(other, real)
        kernel = try KernelDistance(made, real, seed: run.options.seed)
        kernelFloor = try KernelDistance(other, real, seed: run.options.seed)
        let near = try NeighbourCoverage(of: real, by: made)
        (coverage, density, neighbours) = (near.coverage, near.density, near.neighbours)
        coverageOfRenders = try NeighbourCoverage(of: real, by: other).coverage
        (self.count, isFID) = (count, run.detectors.features.network.isPublished)
        try Self.show(near, run, pictures)
    }

    private static func show(
        _ near: NeighbourCoverage, _ run: EvaluationRun, _ pictures: ([Int]) throws -> Tensor
    ) throws {
        func images(of samples: [Int]) throws -> [RGBImage] {
            try run.images(of: withInferenceMode { try pictures(samples) })
        }
        func row(_ label: String, _ faces: [Int]) throws -> EvaluationPicture.Row {
            .columns(
                label,
                [
                    try run.images(of: run.renders.pictures(faces)), try images(of: faces.map { near.nearest[$0] }),
                ])
        }
        let some = Array(0..<min(40, run.options.faces))
        let grid = EvaluationPicture.Row("", try images(of: some))
        run.show(EvaluationPicture(.samples, "Samples, without truncation", rows: [grid]))
        var rows: [EvaluationPicture.Row] = []
        let order = near.distances.indices.sorted { near.distances[$0] > near.distances[$1] }
        let missed = order.filter { near.distances[$0] > 1 }
        if !missed.isEmpty {
            rows.append(
                try row(
                    "\(missed.count) real faces that no sample covers, the farthest first; below each its nearest sample",
                    Array(missed.prefix(20))))
        }
        let covered = near.distances.indices.filter { near.distances[$0] <= 1 }
        if !covered.isEmpty {
            rows.append(
                try row(
                    "\(covered.count) real faces that are covered; below each its nearest sample",
                    Array(covered.prefix(20))))
        }
        run.show(EvaluationPicture(.samples, "What the samples cover", rows: rows))
    }

    var figures: [EvaluationFigure] {
        [
            EvaluationFigure(
                .samples, "\(isFID ? "FID" : "Fréchet distance") (N = \(count) and \(count))", frechet.value,
                .renders(frechetFloor.value)),
            EvaluationFigure(
                .samples,
                "\(isFID ? "KID" : "kernel distance") x 1000 (\(kernel.subsets) subsets of \(kernel.size))",
                kernel.value * 1_000, .renders(kernelFloor.value * 1_000)),
            EvaluationFigure(
                .samples, "coverage of the test faces (k = \(neighbours), N = \(count))", coverage,
                .renders(coverageOfRenders)),
            EvaluationFigure(.samples, "density", density, .other("real renders, about", 1)),
        ]
    }
}
