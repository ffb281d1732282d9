import FaceData
public import Layers
import Perception
public import Torch

/// A small convolutional network from pictures to the renderer's features, whose blocks are the space of perceptual
/// losses: a ``FaceTrunk`` whose first block keeps the picture's size, so that fine lines are seen.
public struct FaceObserver {
    private let trunk: FaceTrunk

    /// Takes the network from a scope.
    /// - Parameters:
    ///   - scope: where the tensors are.
    ///   - size: side of the pictures, a power of two of at least 16.
    ///   - width: channels of the first block; doubled up to four times as many.
    public init(in scope: ParameterScope, size: Int, width: Int = 24) throws(LayerError) {
        trunk = try FaceTrunk(
            in: scope, size: size, width: width, beginsFine: true, outputs: FaceFeatures.count, dropout: 0.1)
    }

    /// Pictures [N, 3, size, size] in [-1, 1] to standardised features [N, F].
    ///
    /// - Parameter seed: of what training drops out in this step; nil outside training.
    public func callAsFunction(_ pictures: Tensor, training seed: UInt64? = nil) throws(TorchError) -> Tensor {
        try trunk(pictures, training: seed)
    }

    /// What each block sees, from the finest.
    func blocks(_ pictures: Tensor) throws(TorchError) -> [Tensor] { try trunk.blocks(pictures) }
}
