import Layers
import Torch

/// A convolution, its batch normalisation (ε 0.001, running statistics) and ReLU.
///
/// Tensors: `conv.weight` [outputs, inputs, h, w]; `bn.*`.
struct InceptionConvolution {
    /// What a convolution is made of, but for its inputs.
    struct Form {
        let name: String
        let outputs: Int
        var kernel = (1, 1)
        var stride = 1
        /// Nil keeps the size.
        var padding: Int?
    }

    private let weight: Tensor
    private let norm: BatchNorm
    private let stride: Int
    private let padding: (Int, Int)

    init(_ form: Form, in scope: ParameterScope, inputs: Int) throws(LayerError) {
        let (height, width) = form.kernel
        let own = scope.scope(form.name)
        weight = try own.scope("conv").parameter(
            "weight", [form.outputs, inputs, height, width],
            .normal(deviation: heDeviation(inputs * height * width)))
        norm = try BatchNorm(in: own.scope("bn"), channels: form.outputs, epsilon: 1e-3)
        stride = form.stride
        padding = form.padding.map { ($0, $0) } ?? (height / 2, width / 2)
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        try norm(x.conv2d(weight, stride: (stride, stride), padding: padding), training: false).relu()
    }
}

extension InceptionConvolution.Form {
    /// A convolution of stride 1 that keeps the size.
    static func same(_ name: String, _ outputs: Int, _ height: Int = 1, _ width: Int = 1) -> Self {
        Self(name: name, outputs: outputs, kernel: (height, width))
    }

    /// A 3x3 convolution without padding.
    static func shrinking(_ name: String, _ outputs: Int, stride: Int = 2) -> Self {
        Self(name: name, outputs: outputs, kernel: (3, 3), stride: stride, padding: 0)
    }
}
