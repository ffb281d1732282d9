import Evaluation
import TediGAN
import Torch

/// A generator whose pictures are its codes, and a judge that is linear: what an edit does can be worked out by hand.
struct LinearFaces: FaceGenerator {
    let layers = 3
    let width = 4
    let resolution = 2

    func images(of codes: Tensor) throws(TorchError) -> Tensor { try codes.reshape([codes.shape[0], 3, 2, 2]) }

    /// A judge with one row of 12 weights per attribute.
    static func judged(_ weights: [String: [Float]]) throws -> JudgedGenerator {
        let names = weights.keys.sorted()
        let matrix = try Tensor(names.flatMap { weights[$0] ?? [] }, shape: [names.count, 12])
        return JudgedGenerator(LinearFaces(), attributes: names, batch: 7) { pictures throws(TorchError) in
            try pictures.flattened(from: 1).matmul(matrix.transposed(0, 1))
        }
    }

    /// One weight per named place.
    static func row(_ weights: [Int: Float]) -> [Float] { (0..<12).map { weights[$0] ?? 0 } }

    static func code(_ values: [Int: Float]) -> LatentCode {
        LatentCode(layers: 3, width: 4, values: row(values))
    }
}
