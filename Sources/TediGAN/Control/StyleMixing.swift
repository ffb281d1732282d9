public import Torch

/// Codes that take their coarse layers from one source and their fine layers from another.
///
/// In training it keeps neighbouring layers from relying on each other; afterwards it shows what each layer controls.
///
/// Source: Karras et al., "A style-based generator", 2019, section 3.1.
public enum StyleMixing {
    /// w [N, C] on all layers: [N, L, C].
    public static func broadcast(_ w: Tensor, layers: Int) throws(TorchError) -> Tensor {
        let shape = w.shape
        guard shape.count == 2 else {
            throw TorchError(operation: "broadcast", shapes: [shape], message: "w must be [N, C]")
        }
        return try w.unsqueezed(1).expanded([shape[0], layers, shape[1]])
    }

    /// Layers below `crossover` of `coarse`, the others of `fine`: two of [N, L, C] to one.
    ///
    /// - Parameter crossover: 0...L; 0 takes all of `fine`, L all of `coarse`.
    public static func mix(_ coarse: Tensor, _ fine: Tensor, crossover: Int) throws(TorchError) -> Tensor {
        let shape = coarse.shape
        guard shape.count == 3, fine.shape == shape, (0...shape[1]).contains(crossover) else {
            throw TorchError(
                operation: "mix", shapes: [shape, fine.shape],
                message: "both codes must be [N, L, C] and the crossover \(crossover) in 0...L")
        }
        return try Tensor.cat(
            [
                coarse.narrow(1, start: 0, length: crossover),
                fine.narrow(1, start: crossover, length: shape[1] - crossover),
            ], axis: 1)
    }
}
