import FaceData
import Torch

/// What the renderer's features are like over many faces: mean and deviation of each.
struct FeatureStatistics {
    /// Mean of each feature, [F].
    private let mean: Tensor
    /// Standard deviation of each feature, at least ``smallestDeviation``, [F].
    private let deviation: Tensor

    /// Rare features would get huge numbers without this floor.
    private static let smallestDeviation: Float = 0.08

    /// Measures features `values` (row-major, N x F).
    init(of values: [Float], device: Device = .cpu) throws(TorchError) {
        let count = FaceFeatures.count
        let (mean, deviation) = Self.statistics(values, count: count)
        self.mean = try Tensor(mean, shape: [count], device: device)
        self.deviation = try Tensor(deviation, shape: [count], device: device)
    }

    /// Features [N, F] with mean 0 and deviation 1.
    func standardized(_ features: Tensor) throws(TorchError) -> Tensor { try (features - mean) / deviation }

    /// The features [N, F] that were standardised.
    func features(of standardized: Tensor) throws(TorchError) -> Tensor { try standardized * deviation + mean }

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
}
