import FaceData
import Foundation
public import TediGAN
public import Torch
public import Training

/// A generator and a judge that looks at what it draws: how figures about codes come from pictures.
///
/// Pictures carry the stored noise, so that a face depends on its code alone.
public struct JudgedGenerator {
    /// The generator.
    public let generator: any FaceGenerator
    /// The judged attributes, in the order of the logits.
    public let attributes: [String]
    private let judge: (Tensor) throws(TorchError) -> Tensor
    private let batch: Int

    /// A generator with its judge.
    /// - Parameters:
    ///   - generator: fold its constants first, for speed.
    ///   - attributes: what the judge looks for.
    ///   - batch: pictures per pass.
    ///   - judge: pictures [N, 3, R, R] to logits [N, A]; above 0 the attribute is seen.
    public init(
        _ generator: any FaceGenerator, attributes: [String], batch: Int = 64,
        judge: @escaping (Tensor) throws(TorchError) -> Tensor
    ) {
        (self.generator, self.attributes, self.batch, self.judge) = (generator, attributes, max(1, batch), judge)
    }

    /// A generator with a trained judge.
    public init(_ generator: any FaceGenerator, judge: AttributeJudge) {
        self.init(generator, attributes: FaceAttribute.allCases.map(\.name)) { pictures throws(TorchError) in
            try judge(pictures)
        }
    }

    /// The logits of each code's picture, row by row.
    public func logits(of codes: [LatentCode]) throws(TorchError) -> [[Double]] {
        var rows: [[Double]] = []
        for start in stride(from: 0, to: codes.count, by: batch) {
            let part = codes[start..<min(start + batch, codes.count)]
            let numbers = try withInferenceMode { () throws(TorchError) in
                try judge(generator.images(of: Tensor(codes: part))).doubles()
            }
            let count = attributes.count
            for row in 0..<part.count { rows.append(Array(numbers[row * count..<(row + 1) * count])) }
        }
        return rows
    }

    /// How likely the judge holds each attribute to be there, row by row.
    public func probabilities(of codes: [LatentCode]) throws(TorchError) -> [[Double]] {
        try logits(of: codes).map { row in row.map { 1 / (1 + exp(-$0)) } }
    }
}

extension Tensor {
    /// Codes of one shape as [N, L, C].
    public init(codes: some Collection<LatentCode>) throws(TorchError) {
        guard let first = codes.first else {
            throw TorchError(operation: "codes", message: "there are none")
        }
        try self.init(codes.flatMap(\.values), shape: [codes.count, first.layers, first.width])
    }

    /// The rows of [N, L, C] as codes on the host.
    public func latentCodes() throws(TorchError) -> [LatentCode] {
        let shape = self.shape
        guard shape.count == 3 else {
            throw TorchError(operation: "latentCodes", shapes: [shape], message: "must be [N, L, C]")
        }
        let (numbers, size) = (try floats(), shape[1] * shape[2])
        return (0..<shape[0]).map {
            LatentCode(layers: shape[1], width: shape[2], values: Array(numbers[$0 * size..<($0 + 1) * size]))
        }
    }
}

extension Generator {
    /// Codes of faces from noise, as the mapping network makes them.
    /// - Parameters:
    ///   - count: how many.
    ///   - seed: where the noise comes from; each face depends on it and its number alone.
    ///   - psi: ψ of the truncation; 1 for none.
    public func codes(_ count: Int, seed: UInt64, psi: Double = 1) throws(TorchError) -> [LatentCode] {
        let numbers = (0..<count).flatMap {
            SampleKey(seed: seed, sample: UInt64($0)).latent(configuration.zDimension)
        }
        return try withInferenceMode { () throws(TorchError) in
            try map(Tensor(numbers, shape: [count, configuration.zDimension]), psi: psi).latentCodes()
        }
    }
}
