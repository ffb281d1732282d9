import TediGAN
import Torch
import Training

/// How alike two faces are to the network that tells whose they are: the cosine of their directions.
///
/// Directions of a network that was made for it are taken as they are. The judge's features are first moved so that the
/// mean face is at the origin: all faces point the same way otherwise.
struct IdentityComparison {
    private let run: EvaluationRun
    private let mean: Tensor?
    private let others: Tensor

    init(_ run: EvaluationRun) throws {
        self.run = run
        let real = try withInferenceMode {
            try run.detectors.identity(run.renders.pictures(Array((run.options.faces..<run.renders.count).prefix(200))))
        }
        mean = run.detectors.identity.network.isPublished ? nil : try real.mean([0], keepDims: true)
        others = try Self.directions(real, mean)
    }

    /// The cosines of one face [1, 3, R, R] and each of some others [N, 3, R, R].
    func cosines(_ face: Tensor, _ pictures: Tensor) throws -> [Double] {
        try withInferenceMode {
            let first = try Self.directions(run.detectors.identity(face), mean)
            return try (first * Self.directions(run.detectors.identity(pictures), mean)).sum([1]).doubles()
        }
    }

    /// The cosines of one face and rendered faces of other people.
    func cosinesToOthers(_ face: Tensor) throws -> [Double] {
        try withInferenceMode {
            try (Self.directions(run.detectors.identity(face), mean) * others).sum([1]).doubles()
        }
    }

    private static func directions(_ features: Tensor, _ mean: Tensor?) throws(TorchError) -> Tensor {
        guard let mean else { return features }
        return try (features - mean).normalized(1)
    }
}
