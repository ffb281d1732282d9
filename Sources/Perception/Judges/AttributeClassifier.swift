public import Layers
public import Torch

/// A small convolutional network from pictures to attributes: the judge of evaluations.
///
/// A ``FaceTrunk`` of blocks of stride 2. It is trained on faces alone and never takes part in training a pack.
public struct AttributeClassifier {
    private let trunk: FaceTrunk
    /// Side of the pictures in pixels.
    public let size: Int
    /// F, the width of ``features(_:)``: 512 for pictures of 64 pixels.
    public var featureWidth: Int { 4 * trunk.channels }

    /// Takes the network from a scope.
    /// - Parameters:
    ///   - scope: where the tensors are.
    ///   - size: side of the pictures, a power of two of at least 16.
    ///   - attributes: number of outputs.
    ///   - width: channels of the first block; doubled up to four times as many.
    public init(in scope: ParameterScope, size: Int, attributes: Int, width: Int = 32) throws(LayerError) {
        self.size = size
        trunk = try FaceTrunk(in: scope, size: size, width: width, outputs: attributes, dropout: 0.2)
    }

    /// Pictures [N, 3, size, size] in [-1, 1] to logits [N, A]; above 0 the attribute is seen.
    ///
    /// - Parameter seed: of what training drops out in this step; nil outside training.
    public func callAsFunction(_ pictures: Tensor, training seed: UInt64? = nil) throws(TorchError) -> Tensor {
        try trunk(pictures, training: seed)
    }

    /// What leaves each block: [N, C, size / 2, size / 2] first, [N, C, 4, 4] last.
    public func activations(_ pictures: Tensor) throws(TorchError) -> [Tensor] { try trunk.blocks(pictures) }

    /// Pictures [N, 3, size, size] to features [N, F]: what the head is given, as means of 2x2 of its 4x4 places.
    ///
    /// The whole grid has four times as many numbers, more than the faces that are compared; the mean over all of it
    /// would not know left from right.
    public func features(_ pictures: Tensor) throws(TorchError) -> Tensor {
        let grid = try trunk.blocks(pictures).last ?? pictures
        return try grid.averagePool2d(2).flattened(from: 1)
    }
}
