import FaceData
public import Torch

/// The kernel distance between two sets of features: squared maximum mean discrepancy with the kernel (x·y / D + 1)³.
///
/// With features of the Inception network it is the KID. Unlike the Fréchet distance it is not biased: its expectation
/// does not depend on how many features there are, and for sets of one kind it is 0, so that single values may be
/// negative.
///
/// Source: Bińkowski et al., "Demystifying MMD GANs", 2018.
public struct KernelDistance: Sendable, Hashable, Codable {
    /// Mean over the subsets.
    public let value: Double
    /// Standard deviation over the subsets.
    public let deviation: Double
    /// How many subsets were compared.
    public let subsets: Int
    /// Features of each set in a subset.
    public let size: Int

    /// The distance between two sets of features [N, D] and [M, D].
    /// - Parameters:
    ///   - first: one set.
    ///   - second: the other.
    ///   - subsets: how many random subsets to compare.
    ///   - size: features in a subset; half of the smaller set, 1,000 at most, if nil.
    ///   - seed: of the subsets.
    /// - Throws: `TorchError` for sets of other shapes, or of too few features.
    public init(
        _ first: Tensor, _ second: Tensor, subsets: Int = 50, size: Int? = nil, seed: UInt64 = 1
    ) throws(TorchError) {
        let shapes = [first.shape, second.shape]
        let size = size ?? min(1_000, min(shapes[0].first ?? 0, shapes[1].first ?? 0) / 2)
        guard first.rank == 2, second.rank == 2, shapes[0][1] == shapes[1][1], subsets > 0, size > 1,
            size <= min(shapes[0][0], shapes[1][0])
        else {
            throw TorchError(
                operation: "KernelDistance", shapes: shapes, message: "must be [N, D] and [M, D], of 4 features or more"
            )
        }
        let (left, right) = (try first.to(dtype: .float64), try second.to(dtype: .float64))
        var values: [Double] = []
        for subset in 0..<subsets {
            let one = try left.indexSelect(0, Self.chosen(size, of: shapes[0][0], seed: seed, subset: 2 * subset))
            let other = try right.indexSelect(
                0, Self.chosen(size, of: shapes[1][0], seed: seed, subset: 2 * subset + 1))
            values.append(try Self.discrepancy(one, other))
        }
        let mean = values.reduce(0, +) / Double(subsets)
        value = mean
        deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, subsets - 1))).squareRoot()
        (self.subsets, self.size) = (subsets, size)
    }

    /// Different rows, chosen at random.
    private static func chosen(_ size: Int, of count: Int, seed: UInt64, subset: Int) throws(TorchError) -> Tensor {
        var random = CounterRandom(seed: seed, index: subset, stream: 0x4B1D)
        let rows = Array(0..<count).shuffled(using: &random).prefix(size)
        return try Tensor(rows.map(Int64.init), shape: [size])
    }

    /// The unbiased estimate: pairs of a feature with itself are left out.
    private static func discrepancy(_ x: Tensor, _ y: Tensor) throws(TorchError) -> Double {
        let count = Double(x.shape[0])
        let pairs = count * (count - 1)
        return try withoutOwn(x) / pairs + withoutOwn(y) / pairs - 2 * kernel(x, y).mean().item()
    }

    private static func withoutOwn(_ x: Tensor) throws(TorchError) -> Double {
        let matrix = try kernel(x, x)
        return try matrix.sum().item() - (matrix * Tensor.eye(x.shape[0], dtype: .float64)).sum().item()
    }

    private static func kernel(_ x: Tensor, _ y: Tensor) throws(TorchError) -> Tensor {
        try (x.matmul(y.transposed(0, 1)) / Double(x.shape[1]) + 1).pow(3)
    }
}
