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
