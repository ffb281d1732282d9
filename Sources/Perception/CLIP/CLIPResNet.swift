public import Layers
public import Torch

/// CLIP's residual image tower: a stem of three convolutions, four stages of bottlenecks that shrink by averages, and
/// attention in the place of the last average.
///
/// Tensors: `conv{1,2,3}.weight` and `bn{1,2,3}.*` of the stem; `layer{1...4}.{i}.*` of the bottlenecks; `attnpool.*`.
/// Batch normalisation always takes its running statistics.
///
/// Source: Radford et al., "Learning transferable visual models from natural language supervision", 2021, section 2.4.
public struct CLIPResNet {
    private let stem: [Normed]
    private let blocks: [Bottleneck]
    private let pool: CLIPAttentionPool

    /// Takes the tower from the scope `visual`.
    ///
    /// - Throws: ``LayerError/invalid(_:)`` for sizes that are not those of a residual network.
    public init(_ configuration: CLIPConfiguration, in scope: ParameterScope) throws(LayerError) {
        try configuration.validate()
        guard configuration.isResNet else { throw .invalid("CLIP: a residual network has four numbers of blocks") }
        let width = configuration.visionWidth
        stem = [
            try Normed(in: scope, "conv1", "bn1", inputs: 3, outputs: width / 2, kernel: 3, stride: 2),
            try Normed(in: scope, "conv2", "bn2", inputs: width / 2, outputs: width / 2, kernel: 3),
            try Normed(in: scope, "conv3", "bn3", inputs: width / 2, outputs: width, kernel: 3),
        ]
        var blocks: [Bottleneck] = []
        var inputs = width
        for (stage, count) in configuration.visionLayers.enumerated() {
            let list = scope.scope("layer\(stage + 1)")
            for index in 0..<count {
                let block = try Bottleneck(
                    in: list.scope("\(index)"), inputs: inputs, width: width << stage,
                    stride: stage > 0 && index == 0 ? 2 : 1)
                blocks.append(block)
                inputs = block.outputs
            }
        }
        self.blocks = blocks
        pool = try CLIPAttentionPool(
            in: scope.scope("attnpool"), side: configuration.imageResolution / 32, width: inputs,
            heads: configuration.visionHeads, outputs: configuration.embedDimension)
    }

    /// Prepared images [N, 3, R, R] to features [N, D], not normalised.
    public func callAsFunction(_ images: Tensor) throws(TorchError) -> Tensor {
        var x = images
        for layer in stem { x = try layer(x).relu() }
        x = try x.averagePool2d(2)
        for block in blocks { x = try block(x) }
        return try pool(x)
    }

    /// A convolution that keeps the size but for its stride, and its batch normalisation.
    private struct Normed {
        let weight: Tensor
        let norm: BatchNorm
        let stride: Int

        init(
            in scope: ParameterScope, _ convolution: String, _ norm: String, inputs: Int, outputs: Int, kernel: Int,
            stride: Int = 1
        ) throws(LayerError) {
            weight = try scope.scope(convolution).parameter(
                "weight", [outputs, inputs, kernel, kernel], .normal(deviation: heDeviation(inputs * kernel * kernel)))
            self.norm = try BatchNorm(in: scope.scope(norm), channels: outputs)
            self.stride = stride
        }

        func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
            try norm(x.conv2d(weight, stride: stride, padding: weight.shape[2] / 2), training: false)
        }
    }

    /// 1x1, 3x3 and 1x1 convolutions beside a shortcut; both shrink by averages, never by leaving pixels out.
    private struct Bottleneck {
        let layers: [Normed]
        let shortcut: Normed?
        let stride: Int
        let outputs: Int

        init(in scope: ParameterScope, inputs: Int, width: Int, stride: Int) throws(LayerError) {
            self.stride = stride
            outputs = 4 * width
            layers = [
                try Normed(in: scope, "conv1", "bn1", inputs: inputs, outputs: width, kernel: 1),
                try Normed(in: scope, "conv2", "bn2", inputs: width, outputs: width, kernel: 3),
                try Normed(in: scope, "conv3", "bn3", inputs: width, outputs: outputs, kernel: 1),
            ]
            // "-1" is the average, which has no tensors.
            shortcut =
                stride > 1 || inputs != outputs
                ? try Normed(in: scope.scope("downsample"), "0", "1", inputs: inputs, outputs: outputs, kernel: 1) : nil
        }

        func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
            let wide = try shrunk(layers[1](layers[0](x).relu()).relu())
            let aside = try shortcut.map { shortcut throws(TorchError) in try shortcut(shrunk(x)) } ?? x
            return try (layers[2](wide) + aside).relu()
        }

        private func shrunk(_ x: Tensor) throws(TorchError) -> Tensor {
            stride > 1 ? try x.averagePool2d(stride) : x
        }
    }
}
