import FaceData
public import Torch

/// The linear map between the renderer's features and latent codes of the first demo pack.
///
/// A code is w = (f - mean) / deviation, turned into C dimensions by an orthonormal basis drawn from a seed. Each
/// feature so owns one direction of the latent space, and an attribute owns the directions of its features. This is
/// a supervised start: the generator is regressed from known parameters, which is not how TediGAN is trained; the pack's
/// provenance says so.
public struct LatentBasis {
    private let statistics: FeatureStatistics
    /// One unit vector per feature, mutually orthogonal, shape [F, C].
    public let directions: Tensor

    /// Measures the statistics of the features `values` (row-major, N x F) and draws the directions.
    ///
    /// - Throws: `TrainingError` where the code is too narrow for the features.
    public init(features values: [Float], width: Int, seed: UInt64, device: Device = .cpu) throws {
        let count = FaceFeatures.count
        guard width >= count else {
            throw TrainingError("latentWidth \(width) is too narrow: the renderer has \(count) features")
        }
        statistics = try FeatureStatistics(of: values, device: device)
        directions = try Tensor(
            Self.orthonormal(count, width: width, seed: seed), shape: [count, width], device: device)
    }

    /// The codes [N, C] of features [N, F].
    public func code(of features: Tensor) throws(TorchError) -> Tensor {
        try statistics.standardized(features).matmul(directions)
    }

    /// The features [N, F] of codes [N, C]; the inverse of ``code(of:)`` on its range.
    public func features(of code: Tensor) throws(TorchError) -> Tensor {
        try statistics.features(of: code.matmul(directions.transposed(0, 1)))
    }

    /// The directions [k, C] of a group of features.
    public func subspace(of indices: [Int]) throws(TorchError) -> Tensor {
        try directions.indexSelect(
            0, Tensor(indices.map(Int64.init), shape: [indices.count], device: directions.device))
    }

    /// Gram-Schmidt on normal vectors: `count` orthonormal rows of `width` numbers.
    private static func orthonormal(_ count: Int, width: Int, seed: UInt64) -> [Float] {
        var rows: [[Double]] = []
        for index in 0..<count {
            var random = CounterRandom(seed: seed, index: index, stream: 0xBA515)
            var row = random.normals(width).map(Double.init)
            // Twice, since one pass leaves rounding errors of the size of the overlap.
            for _ in 0..<2 {
                for other in rows {
                    let overlap = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
                    for column in 0..<width { row[column] -= overlap * other[column] }
                }
            }
            let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            rows.append(row.map { $0 / norm })
        }
        return rows.flatMap { $0.map(Float.init) }
    }
}
