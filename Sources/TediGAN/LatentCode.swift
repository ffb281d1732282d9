public import Torch

/// A point of W+ on the host: L rows of C numbers, one row per layer of the generator.
public struct LatentCode: Sendable, Hashable {
    /// L.
    public let layers: Int
    /// C.
    public let width: Int
    /// The numbers, row by row.
    public var values: [Float]

    /// Creates a code.
    /// - Precondition: `values` holds `layers * width` numbers.
    public init(layers: Int, width: Int, values: [Float]) {
        precondition(values.count == layers * width, "a code of \(layers) x \(width) has \(values.count) numbers")
        self.layers = layers
        self.width = width
        self.values = values
    }

    /// The numbers of one layer.
    public subscript(layer layer: Int) -> ArraySlice<Float> {
        get { values[layer * width..<(layer + 1) * width] }
        set { values.replaceSubrange(layer * width..<(layer + 1) * width, with: newValue) }
    }
}

extension LatentCode {
    /// The codes of a batch [N, L, C], on the host.
    static func codes(_ tensor: Tensor) throws(TorchError) -> [LatentCode] {
        let shape = tensor.shape
        guard shape.count == 3 else {
            throw TorchError(operation: "codes", shapes: [shape], message: "codes must be [N, L, C]")
        }
        let numbers = try tensor.floats()
        let size = shape[1] * shape[2]
        return (0..<shape[0]).map { row in
            LatentCode(
                layers: shape[1], width: shape[2], values: Array(numbers[row * size..<(row + 1) * size]))
        }
    }

    /// The code as [1, L, C].
    public func tensor(device: Device = .cpu) throws(TorchError) -> Tensor {
        try Tensor(values, shape: [1, layers, width], device: device)
    }
}
