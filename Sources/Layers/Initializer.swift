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
        switch self {
        case .constant(let value):
            return try Tensor.full(shape, value, dtype: dtype, device: device)
        case .normal(let deviation):
            let generator = CounterGenerator(seed: seed, stream: Self.hash(path))
            return try Self.pieced(shape, dtype, device) { start, count in
                generator.normals(count, from: start).map { $0 * Float(deviation) }
            }
        case .uniform(let limit):
            let generator = CounterGenerator(seed: seed, stream: Self.hash(path))
            return try Self.pieced(shape, dtype, device) { start, count in
                generator.uniforms(count, from: start).map { ($0 * 2 - 1) * Float(limit) }
            }
        case .repeating(let values):
            let full = (0..<shape.reduce(1, *)).map { values.isEmpty ? 0 : values[$0 % values.count] }
            return try Tensor(full, shape: shape, dtype: dtype, device: device)
        }
    }

    /// A tensor made piece by piece, so that nothing of its size is needed beside it.
    private static func pieced(
        _ shape: [Int], _ dtype: DType, _ device: Device, _ numbers: (_ start: Int, _ count: Int) -> [Float]
    ) throws(TorchError) -> Tensor {
        let count = shape.reduce(1, *)
        let piece = 1 << 18
        guard count > piece else { return try Tensor(numbers(0, count), shape: shape, dtype: dtype, device: device) }
        let flat = try Tensor.zeros([count], dtype: dtype, device: device)
        for start in stride(from: 0, to: count, by: piece) {
            let length = min(piece, count - start)
            try flat.narrow(0, start: start, length: length).copy(
                from: Tensor(numbers(start, length), shape: [length], dtype: dtype, device: device))
        }
        return try flat.reshape(shape)
    }

    /// 64-bit FNV-1a of the text's UTF-8.
    package static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
