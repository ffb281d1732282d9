import Layers
import Torch

/// The residual block of improved ResNets for faces: batch norm, convolution, PReLU, convolution, batch norm, and in
/// its `se` form the weighing of channels; the second convolution and the shortcut carry the stride.
///
/// Tensors: `res_layer.0` (norm), `.1.weight`, `.2.weight` (PReLU), `.3.weight`, `.4` (norm), `.5.fc1`, `.5.fc2`;
/// `shortcut_layer.0.weight`, `.1` (norm) where the number of channels changes.
///
/// Source: Deng et al., "ArcFace", 2019, section 3.1.1, in the form of InsightFace_Pytorch `model.py`.
struct IRBottleneck {
    private let firstNorm: BatchNorm
    private let first: Convolution
    private let activation: PReLU
    private let second: Convolution
    private let secondNorm: BatchNorm
    private let excitation: SqueezeExcitation?
    private let shortcut: (Convolution, BatchNorm)?
    private let stride: Int

    init(in scope: ParameterScope, inputs: Int, outputs: Int, stride: Int, excites: Bool) throws(LayerError) {
        self.stride = stride
        let body = scope.scope("res_layer")
        firstNorm = try BatchNorm(in: body.scope("0"), channels: inputs)
        first = try Convolution(in: body.scope("1"), inputs: inputs, outputs: outputs, hasBias: false)
        activation = try PReLU(in: body.scope("2"), channels: outputs)
        second = try Convolution(
            in: body.scope("3"), inputs: outputs, outputs: outputs, stride: stride, hasBias: false)
        secondNorm = try BatchNorm(in: body.scope("4"), channels: outputs)
        excitation = excites ? try SqueezeExcitation(in: body.scope("5"), channels: outputs) : nil
        guard inputs != outputs else {
            shortcut = nil
            return
        }
        let aside = scope.scope("shortcut_layer")
        shortcut = (
            try Convolution(
                in: aside.scope("0"), inputs: inputs, outputs: outputs, kernelSize: 1, stride: stride,
                hasBias: false),
            try BatchNorm(in: aside.scope("1"), channels: outputs)
        )
    }

    func callAsFunction(_ x: Tensor, training: Bool) throws(TorchError) -> Tensor {
        var y = try first(firstNorm(x, training: training))
        y = try secondNorm(second(activation(y)), training: training)
        if let excitation { y = try excitation(y) }
        if let (convolution, norm) = shortcut { return try y + norm(convolution(x), training: training) }
        // A pooling window of one pixel only leaves pixels out.
        return try y + (stride == 1 ? x : x.maxPool2d(1, stride: stride))
    }
}
