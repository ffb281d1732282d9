public import Layers
public import Torch

/// g: a W+ code to an image.
///
/// Starts from a learned constant; every layer's style comes from its own row of the code.
///
/// Tensors: `lod` (scalar buffer, 0), `layer{i}.*` for each of the L layers, `output{k}.conv.weight` [3, C, 1, 1] and
/// `output{k}.bias` [3] for each resolution. Only the last output makes the image; the others exist because published
/// files have them and take no part in training.
///
/// Source: Karras et al., "A style-based generator", 2019, section 2.
public struct SynthesisNetwork {
    /// The noise that the layers add.
    public enum Noise {
        /// The stored maps, the same for every image.
        case fixed
        /// A map per image and layer, [N, 1, r, r]; see ``NoiseMaps``.
        case maps([Tensor])
    }

    private var layers: [SynthesisLayer]
    private var toRGB: EqualizedConvolution
    private var bias: Tensor
    private let finalTanh: Bool

    /// Takes the network from a scope.
    public init(_ configuration: GeneratorConfiguration, in scope: ParameterScope) throws(LayerError) {
        finalTanh = configuration.finalTanh
        _ = try scope.buffer("lod", [], .zeros)
        var layers: [SynthesisLayer] = []
        var output: (EqualizedConvolution, Tensor)?
        for index in 0..<configuration.layers {
            layers.append(try SynthesisLayer(index, configuration, in: scope.scope("layer\(index)")))
            guard index % 2 == 1 else { continue }
            let outputScope = scope.scope("output\(index / 2)")
            let bias = try outputScope.parameter("bias", [3], .zeros)
            let convolution = try EqualizedConvolution(
                in: outputScope.scope("conv"),
                inputs: configuration.channels(at: configuration.resolution(ofLayer: index)), outputs: 3,
                kernelSize: 1, gain: 1)
            output = (convolution, bias)
        }
        guard let output else { throw .invalid("a generator needs a resolution of 8 pixels or more") }
        self.layers = layers
        (toRGB, bias) = output
    }

    /// Codes [N, L, C] to images [N, 3, R, R], RGB, -1...1 where a tanh ends the network.
    ///
    /// - Parameters:
    ///   - codes: one row per layer.
    ///   - noise: what the layers add.
    /// - Throws: `TorchError` if the shapes do not fit.
    public func callAsFunction(_ codes: Tensor, noise: Noise = .fixed) throws(TorchError) -> Tensor {
        var x: Tensor?
        try run(codes, noise) { x = $1 }
        guard let x else { throw TorchError(operation: "synthesis", message: "the network has no layers") }
        let image = try toRGB(x, bias: bias)
        return finalTanh ? try image.tanh() : image
    }

    /// The output of every layer after its epilogue, from the coarsest.
    public func activations(_ codes: Tensor, noise: Noise = .fixed) throws(TorchError) -> [Tensor] {
        var list: [Tensor] = []
        try run(codes, noise) { list.append($1) }
        return list
    }

    /// The network with scales, 4x4 kernels, noise and biases folded, for running only.
    ///
    /// The numbers are copied, so it does not follow the training of the store it came from. Gradients by the codes
    /// still pass, unless that is not wanted: then less is kept in memory.
    public func frozen(differentiable: Bool = true) throws(TorchError) -> SynthesisNetwork {
        var copy = self
        try copy.freeze(differentiable: differentiable)
        return copy
    }

    /// The same in place, layer by layer.
    mutating func freeze(differentiable: Bool) throws(TorchError) {
        try withNoGradient { () throws(TorchError) in
            for index in layers.indices { layers[index] = try layers[index].frozen(differentiable: differentiable) }
            toRGB = try toRGB.frozen()
            bias = try bias.detached().clone()
        }
    }

    private func run(
        _ codes: Tensor, _ noise: Noise, _ visit: (Int, Tensor) -> Void
    ) throws(TorchError) {
        var x: Tensor?
        for (index, layer) in layers.enumerated() {
            let maps: Tensor? =
                switch noise {
                case .fixed: nil
                case .maps(let maps): maps.indices.contains(index) ? maps[index] : nil
                }
            let y = try layer(x, code: codes.select(1, index: index), noise: maps)
            visit(index, y)
            x = y
        }
    }
}
