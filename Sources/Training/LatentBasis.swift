import FaceData
public import Torch

/// The linear map between the renderer's features and latent codes of the first demo pack.
///
/// A code is w = (f - mean) / deviation, turned into C dimensions by an orthonormal basis drawn from a seed. Each
/// feature so owns one direction of the latent space, and an attribute owns the directions of its features. This is
/// the supervised start of ../facts "demo-training": the generator is regressed from known parameters, which is not
/// how TediGAN is trained; the pack's provenance says so.
public struct LatentBasis {
    /// Mean of each feature over the training faces, shape [F].
    public let mean: Tensor
    /// Standard deviation of each feature, at least ``smallestDeviation``, shape [F].
    public let deviation: Tensor
    /// One unit vector per feature, mutually orthogonal, shape [F, C].
    public let directions: Tensor

    /// Rare features would get huge codes without this floor.
    static let smallestDeviation: Float = 0.08

    /// Measures the statistics of the features `values` (row-major, N x F) and draws the directions.
    ///
    /// - Throws: `TrainingError` where the code is too narrow for the features.
    public init(features values: [Float], width: Int, seed: UInt64) throws {
        let count = FaceFeatures.count
        guard width >= count else {
            throw TrainingError("latentWidth \(width) is too narrow: the renderer has \(count) features")
        }
        let (mean, deviation) = Self.statistics(values, count: count)
        self.mean = try Tensor(mean, shape: [count])
        self.deviation = try Tensor(deviation, shape: [count])
        directions = try Tensor(Self.orthonormal(count, width: width, seed: seed), shape: [count, width])
    }

    /// The codes [N, C] of features [N, F].
    public func code(of features: Tensor) throws(TorchError) -> Tensor {
        try ((features - mean) / deviation).matmul(directions)
    }

    /// The features [N, F] of codes [N, C]; the inverse of ``code(of:)`` on its range.
    public func features(of code: Tensor) throws(TorchError) -> Tensor {
        try code.matmul(directions.transposed(0, 1)) * deviation + mean
    }

    /// The directions [k, C] of a group of features.
    public func subspace(of indices: [Int]) throws(TorchError) -> Tensor {
        try directions.indexSelect(0, Tensor(indices.map(Int64.init), shape: [indices.count]))
    }

    private static func statistics(_ values: [Float], count: Int) -> (mean: [Float], deviation: [Float]) {
        let rows = values.count / count
        var sums = [Double](repeating: 0, count: count)
        var squares = sums
        for row in 0..<rows {
            for feature in 0..<count {
                let value = Double(values[row * count + feature])
                sums[feature] += value
                squares[feature] += value * value
            }
        }
        let mean = sums.map { Float($0 / Double(rows)) }
        let deviation = (0..<count).map { feature in
            let average = sums[feature] / Double(rows)
            let variance = max(0, squares[feature] / Double(rows) - average * average)
            return max(smallestDeviation, Float(variance.squareRoot()))
        }
        return (mean, deviation)
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
