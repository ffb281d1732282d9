import Layers
import Torch

/// Weighs channels by what the whole image holds: mean, two dense layers, sigmoid.
///
/// Tensors: `fc1.weight` [C / 16, C, 1, 1], `fc2.weight` [C, C / 16, 1, 1].
///
/// Source: Hu et al., "Squeeze-and-excitation networks", 2018, section 3.
struct SqueezeExcitation {
    private let squeeze: Convolution
    private let excite: Convolution

    init(in scope: ParameterScope, channels: Int, reduction: Int = 16) throws(LayerError) {
        let hidden = channels / reduction
        squeeze = try Convolution(
            in: scope.scope("fc1"), inputs: channels, outputs: hidden, kernelSize: 1, hasBias: false)
        excite = try Convolution(
            in: scope.scope("fc2"), inputs: hidden, outputs: channels, kernelSize: 1, hasBias: false)
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        try x * excite(squeeze(x.mean([2, 3], keepDims: true)).relu()).sigmoid()
    }
}
