import Torch

/// From what of a code each attribute is read: the weights of the best linear guess of its presence.
///
/// Where codes have covariance Σ and go with an attribute by the covariance c, the weights are (Σ + ε)⁻¹ c. The whitening
/// tells what an attribute is read from apart from what merely comes along with it.
public struct AttributeReadouts: Sendable, Hashable {
    /// The attributes, in the order of the rows.
    public let attributes: [String]
    /// One row of L x C numbers per attribute: how its reading changes with the code.
    public let weights: [[Double]]
    /// One row of L x C numbers per attribute: its covariance with the code, the likeliest move that changes it.
    public let covariances: [[Double]]

    /// Measures the readouts.
    /// - Parameters:
    ///   - codes: codes of faces.
    ///   - scores: for each face, how much of each attribute is present, 0...1.
    ///   - attributes: their names.
    ///   - ridge: ε, as a share of the codes' mean variance: layers of a code mostly say the same, so Σ is singular.
    /// - Throws: ``TediGANError/invalid(_:)`` if numbers do not fit.
    public init(
        of codes: [LatentCode], scores: [[Double]], attributes: [String], ridge: Double = 0.01
    ) throws(TediGANError) {
        guard let first = codes.first, codes.count == scores.count,
            codes.allSatisfy({ $0.layers == first.layers && $0.width == first.width }),
            scores.allSatisfy({ $0.count == attributes.count && $0.allSatisfy(\.isFinite) }), ridge > 0
        else { throw .invalid("readouts need codes of one shape, a row of scores for each, and a ridge above 0") }
        self.attributes = attributes
        let size = first.values.count
        let parts = try computing { () throws(TorchError) in
            try withNoGradient { () throws(TorchError) in
                let x = try Self.centred(codes.flatMap { $0.values.map(Double.init) }, [codes.count, size])
                let y = try Self.centred(scores.flatMap(\.self), [codes.count, attributes.count])
                let covariances = try x.transposed(0, 1).matmul(y) / Double(codes.count)
                let epsilon = try ridge * max(x.square().mean().item(), 1e-12)
                let weights = try Self.whitened(covariances, by: x, epsilon: epsilon)
                return [weights, covariances].map { $0 }
            }
        }
        let rows = try parts.map { part throws(TediGANError) in
            let numbers = try computing { () throws(TorchError) in
                try part.transposed(0, 1).contiguous().doubles()
            }
            return attributes.indices.map { Array(numbers[$0 * size..<($0 + 1) * size]) }
        }
        (weights, covariances) = (rows[0], rows[1])
    }

    private static func centred(_ numbers: [Double], _ shape: [Int]) throws(TorchError) -> Tensor {
        let tensor = try Tensor(numbers, shape: shape)
        return try tensor - tensor.mean([0], keepDims: true)
    }

    /// (XᵀX / N + ε)⁻¹ C by conjugate gradients, all columns at once: the matrix itself would be large.
    private static func whitened(_ right: Tensor, by x: Tensor, epsilon: Double) throws(TorchError) -> Tensor {
        let count = Double(x.shape[0])
        var solution = try right.zerosLike()
        var (rest, move) = (right, right)
        var length = try rest.square().sum([0])
        let enough = try length.amax().item() * 1e-16
        for _ in 0..<300 where try length.amax().item() > enough {
            let image = try x.transposed(0, 1).matmul(x.matmul(move)) / count + move * epsilon
            let step = try length / (move * image).sum([0]).clamp(min: 1e-300)
            solution = try solution + move * step
            rest = try rest - image * step
            let next = try rest.square().sum([0])
            move = try rest + move * (next / length.clamp(min: 1e-300))
            length = next
        }
        return solution
    }
}
