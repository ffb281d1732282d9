public import Layers
public import Torch

/// f: z to w.
///
/// Unrolls the distribution of noise into the less entangled distribution of codes.
///
/// Pixel norm of z, then dense layers with an equalised and slowed learning rate, leaky ReLU of slope 0.2 after every
/// one, the last included. The last layer makes all L layers' codes, or one for all of them.
///
/// With `mappingKnots` K > 0 (not in the paper; for packs whose z drives a renderer by thresholds, which a plain
/// network learns slowly) the input is not normalised but spread: z and tanh(6 (z - κ)) for K quantiles κ of the
/// normal distribution, and a linear path runs beside the dense layers, whose last one has no activation.
///
/// Tensors: `dense{i}.fc.weight`, `dense{i}.wscale.bias`; with knots also `linear.fc.weight`, `linear.wscale.bias`.
///
/// Source: Karras et al., "A style-based generator", 2019, section 2; per-layer codes: Zhu et al., "In-domain GAN
/// inversion", 2020.
public struct MappingNetwork {
    private var dense: [EqualizedDense]
    private var linear: EqualizedDense?
    private let knots: Tensor?

    /// Takes the network from a scope.
    public init(_ configuration: GeneratorConfiguration, in scope: ParameterScope) throws(LayerError) {
        let outputs = configuration.wDimension * (configuration.broadcastsW ? 1 : configuration.layers)
        let inputs = configuration.zDimension * (configuration.mappingKnots + 1)
        dense = try Self.stack(
            in: scope, inputs: inputs, hidden: configuration.mappingWidth, outputs: outputs,
            count: configuration.mappingLayers, multiplier: configuration.mappingLearningRateMultiplier)
        guard configuration.mappingKnots > 0 else {
            linear = nil
            knots = nil
            return
        }
        linear = try EqualizedDense(in: scope.scope("linear"), inputs: inputs, outputs: outputs, hasBias: true)
        knots = try layered { () throws(TorchError) in
            try Tensor(
                Self.quantiles(configuration.mappingKnots), shape: [1, configuration.mappingKnots, 1],
                dtype: scope.dtype, device: scope.device)
        }
    }

    /// z [N, Z] to w: [N, C], or [N, L C] where every layer has its own.
    public func callAsFunction(_ z: Tensor) throws(TorchError) -> Tensor {
        guard let linear, let knots else {
            return try Self.run(dense, try z.pixelNormed(), activatesLast: true)
        }
        let steps = try ((z.unsqueezed(1) - knots) * 6).tanh().flattened(from: 1)
        let spread = try Tensor.cat([z, steps], axis: 1)
        return try Self.run(dense, spread, activatesLast: false) + linear(spread)
    }

    /// The network with scales folded, for running only.
    func frozen() throws(TorchError) -> MappingNetwork {
        try withNoGradient { () throws(TorchError) in
            var copy = self
            copy.dense = try dense.map { layer throws(TorchError) in try layer.frozen() }
            copy.linear = try linear.map { layer throws(TorchError) in try layer.frozen() }
            return copy
        }
    }

    /// Dense layers in a row, each with the gain √2.
    static func stack(
        in scope: ParameterScope, inputs: Int, hidden: Int, outputs: Int, count: Int, multiplier: Double
    ) throws(LayerError) -> [EqualizedDense] {
        var layers: [EqualizedDense] = []
        for index in 0..<count {
            layers.append(
                try EqualizedDense(
                    in: scope.scope("dense\(index)"), inputs: index == 0 ? inputs : hidden,
                    outputs: index == count - 1 ? outputs : hidden, gain: 2.0.squareRoot(),
                    learningRateMultiplier: multiplier))
        }
        return layers
    }

    static func run(_ layers: [EqualizedDense], _ x: Tensor, activatesLast: Bool) throws(TorchError) -> Tensor {
        var x = x
        for (index, layer) in layers.enumerated() {
            x = try layer(x)
            if activatesLast || index < layers.count - 1 { x = try x.leakyReLU(0.2) }
        }
        return x
    }

    /// The quantiles i / (count + 1) of the normal distribution, by bisection of the error function.
    static func quantiles(_ count: Int) -> [Double] {
        (1...count).map { index in
            let wanted = Double(index) / Double(count + 1)
            var (low, high) = (-8.0, 8.0)
            for _ in 0..<60 {
                let middle = (low + high) / 2
                if normalDistribution(middle) < wanted { low = middle } else { high = middle }
            }
            return (low + high) / 2
        }
    }
}
