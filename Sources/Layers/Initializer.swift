import Torch

/// The numbers that a new parameter starts from.
public enum Initializer: Sendable, Hashable {
    /// Every element the same.
    case constant(Double)
    /// Normal with mean 0.
    case normal(deviation: Double)
    /// Uniform on `-limit ..< limit`.
    case uniform(limit: Double)
    /// The given numbers, row-major, repeated until the tensor is full.
    case repeating([Double])

    /// Every element 0.
    public static var zeros: Initializer { .constant(0) }
    /// Every element 1.
    public static var ones: Initializer { .constant(1) }

    /// Makes the numbers; random ones depend on `seed` and `path` alone, so that adding a layer to a network leaves
    /// the others as they were.
    func tensor(_ shape: [Int], dtype: DType, device: Device, seed: UInt64, path: String) throws(TorchError) -> Tensor {
        let count = shape.reduce(1, *)
        switch self {
        case .constant(let value):
            return try Tensor.full(shape, value, dtype: dtype, device: device)
        case .normal(let deviation):
            let values = CounterGenerator(seed: seed, stream: Self.hash(path)).normals(count)
            return try Tensor(values.map { $0 * Float(deviation) }, shape: shape, dtype: dtype, device: device)
        case .uniform(let limit):
            let values = CounterGenerator(seed: seed, stream: Self.hash(path)).uniforms(count)
            return try Tensor(
                values.map { ($0 * 2 - 1) * Float(limit) }, shape: shape, dtype: dtype, device: device)
        case .repeating(let values):
            let full = (0..<count).map { values.isEmpty ? 0 : values[$0 % values.count] }
            return try Tensor(full, shape: shape, dtype: dtype, device: device)
        }
    }

    /// 64-bit FNV-1a of the text's UTF-8.
    package static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
