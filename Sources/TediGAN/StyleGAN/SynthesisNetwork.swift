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
    /// Whether an own kernel makes the picture.
    private var projects = false

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
        var last: StyledPixels?
        try run(codes, noise) { y throws(TorchError) in last = y }
        guard let last else { throw TorchError(operation: "synthesis", message: "the network has no layers") }
        return try image(of: last)
    }

    /// The output of every layer after its epilogue, from the coarsest.
    public func activations(_ codes: Tensor, noise: Noise = .fixed) throws(TorchError) -> [Tensor] {
        var list: [Tensor] = []
        try run(codes, noise) { y throws(TorchError) in list.append(try y.resolved()) }
        return list
    }

    /// The network with scales, 4x4 kernels, noise and biases folded, for running only.
    ///
    /// The numbers are copied, so it does not follow the training of the store it came from.
    /// - Parameters:
    ///   - differentiable: whether gradients by the codes are wanted; without, less is kept in memory, and less done.
    ///   - precision: type of the pixels from 32 pixels of height on; styles, sums and the image stay as they are. nil:
    ///     that of the weights.
    public func frozen(differentiable: Bool = true, precision: DType? = nil) throws(TorchError) -> SynthesisNetwork {
        var copy = self
        try copy.freeze(differentiable: differentiable, precision: precision)
        return copy
    }

    /// The same in place, layer by layer.
    mutating func freeze(differentiable: Bool, precision: DType?) throws(TorchError) {
        try withNoGradient { () throws(TorchError) in
            for index in layers.indices {
                layers[index] = try layers[index].frozen(differentiable: differentiable, precision: precision)
            }
            toRGB = try toRGB.frozen()
            bias = try bias.detached().clone()
            projects = !differentiable && bias.dtype == .float32 && bias.device == .cpu
        }
    }

    private func run(
        _ codes: Tensor, _ noise: Noise, _ visit: (StyledPixels) throws(TorchError) -> Void
    ) throws(TorchError) {
        var x: StyledPixels?
        for (index, layer) in layers.enumerated() {
            let maps: Tensor? =
                switch noise {
                case .fixed: nil
                case .maps(let maps): maps.indices.contains(index) ? maps[index] : nil
                }
            let y = try layer(x, code: codes.select(1, index: index), noise: maps)
            try visit(y)
            x = y
        }
    }

    /// The picture of the last layer.
    private func image(of x: StyledPixels) throws(TorchError) -> Tensor {
        let image =
            projects
            ? try toRGB.projected(x, bias: bias)
            : try toRGB(x.resolved().to(dtype: bias.dtype), bias: bias)
        return finalTanh ? try image.tanh() : image
    }
}
