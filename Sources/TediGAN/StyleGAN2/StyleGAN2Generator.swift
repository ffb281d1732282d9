public import Layers
public import Torch

/// StyleGAN2's generator under the tensor names of the public PyTorch form.
///
/// Tensors: `style.{1...}` (mapping), `input.input`, `conv1`, `to_rgb1`, `convs.{i}`, `to_rgbs.{i}`,
/// `noises.noise_{i}` (buffers). The mean code is no part of it; published files have it beside, as `latent_avg`.
///
/// Source: Karras et al., "Analyzing and improving the image quality of StyleGAN", 2020; rosinality/stylegan2-pytorch.
public struct StyleGAN2Generator {
    /// What happens on the way to an image.
    public struct Activations {
        /// Of each styled convolution, from the coarsest.
        public var layers: [Tensor] = []
        /// The picture after each size.
        public var pictures: [Tensor] = []
    }

    /// The sizes.
    public let configuration: StyleGAN2Configuration
    private var mapping: [EqualizedDense]
    private let constant: Tensor
    private var convolutions: [StyledConvolution]
    private var toRGB: [ToRGB]
    private let noises: [Tensor]

    /// Takes the generator from a scope.
    public init(_ configuration: StyleGAN2Configuration, in scope: ParameterScope) throws(LayerError) {
        do {
            try configuration.validate()
        } catch {
            throw .invalid(error.description)
        }
        self.configuration = configuration
        let style = configuration.styleDimension
        var mapping: [EqualizedDense] = []
        for index in 1...configuration.mappingLayers {
            mapping.append(
                try EqualizedDense(
                    in: scope.scope("style.\(index)"), inputs: style, outputs: style, learningRateMultiplier: 0.01,
                    names: ("weight", "bias")))
        }
        self.mapping = mapping
        var channels = configuration.channels(at: 4)
        constant = try scope.scope("input").parameter("input", [1, channels, 4, 4], .normal(deviation: 1))
        convolutions = [
            try StyledConvolution(in: scope.scope("conv1"), inputs: channels, outputs: channels, style: style)
        ]
        toRGB = [try ToRGB(in: scope.scope("to_rgb1"), inputs: channels, style: style, hasSmaller: false)]
        var resolution = 8
        while resolution <= configuration.resolution {
            let outputs = configuration.channels(at: resolution)
            let index = convolutions.count - 1
            convolutions.append(
                try StyledConvolution(
                    in: scope.scope("convs.\(index)"), inputs: channels, outputs: outputs, style: style,
                    doubles: true))
            convolutions.append(
                try StyledConvolution(
                    in: scope.scope("convs.\(index + 1)"), inputs: outputs, outputs: outputs, style: style))
            toRGB.append(
                try ToRGB(
                    in: scope.scope("to_rgbs.\(toRGB.count - 1)"), inputs: outputs, style: style, hasSmaller: true))
            channels = outputs
            resolution *= 2
        }
        var noises: [Tensor] = []
        for index in 0..<configuration.noiseLayers {
            let side = configuration.resolution(ofNoiseLayer: index)
            noises.append(
                try scope.scope("noises").buffer("noise_\(index)", [1, 1, side, side], .normal(deviation: 1)))
        }
        self.noises = noises
    }

    /// z [N, S] to w [N, S].
    public func map(_ z: Tensor) throws(TorchError) -> Tensor {
        var x = try z.pixelNormed()
        for layer in mapping { x = try layer(x).scaledLeakyReLU() }
        return x
    }

    /// w̄ + ψ (w - w̄): pulls codes towards a mean [1, S].
    public func truncate(_ w: Tensor, towards mean: Tensor, psi: Double) throws(TorchError) -> Tensor {
        try mean + (w - mean) * psi
    }

    /// The mean of w over `count` draws of z, [1, S]: what files without `latent_avg` are truncated towards.
    public func meanCode(_ count: Int = 4096, seed: UInt64 = 0) throws(TorchError) -> Tensor {
        try withNoGradient { () throws(TorchError) in
            let z = try Tensor(
                CounterGenerator(seed: seed).normals(count * configuration.styleDimension),
                shape: [count, configuration.styleDimension], dtype: constant.dtype, device: constant.device)
            return try map(z).mean([0], keepDims: true)
        }
    }

    /// W+ codes [N, L, S] of w [N, S] on every layer, or of two w's.
    ///
    /// Of two, the first is on layers below `crossover`, the second from there on (style mixing).
    public func broadcast(_ w: Tensor, _ second: Tensor? = nil, crossover: Int = 0) throws(TorchError) -> Tensor {
        let rows = try StyleMixing.broadcast(w, layers: configuration.layers)
        guard let second else { return rows }
        return try StyleMixing.mix(
            rows, StyleMixing.broadcast(second, layers: configuration.layers), crossover: crossover)
    }

    /// W+ codes [N, L, S] to images [N, 3, R, R], RGB, -1...1 nominally but not clipped.
    /// - Parameters:
    ///   - codes: one row per layer.
    ///   - noise: a map per noise layer, [1 or N, 1, r, r]; the stored ones if nil.
    public func synthesize(_ codes: Tensor, noise: [Tensor]? = nil) throws(TorchError) -> Tensor {
        let pictures = try activations(codes, noise: noise).pictures
        guard let image = pictures.last else { throw TorchError(operation: "synthesis", message: "no layers") }
        return image
    }

    /// The same, with everything on the way.
    public func activations(_ codes: Tensor, noise: [Tensor]? = nil) throws(TorchError) -> Activations {
        let noise = noise ?? noises
        guard noise.count == convolutions.count, codes.rank == 3, codes.shape[1] == configuration.layers else {
            throw TorchError(
                operation: "synthesis", shapes: [codes.shape],
                message: "codes must be [N, \(configuration.layers), \(configuration.styleDimension)], with "
                    + "\(convolutions.count) noise maps")
        }
        var result = Activations()
        let shape = constant.shape
        var x = try constant.expanded([codes.shape[0], shape[1], shape[2], shape[3]])
        for (index, convolution) in convolutions.enumerated() {
            x = try convolution(x, style: codes.select(1, index: index), noise: noise[index])
            result.layers.append(x)
            // After the convolution at 4 pixels, and after each pair above it. Colours share the style of the next layer.
            guard index % 2 == 0 else { continue }
            let rgb = toRGB[index / 2]
            result.pictures.append(
                try rgb(x, style: codes.select(1, index: index + 1), smaller: result.pictures.last))
        }
        return result
    }

    /// The generator with its constants folded, for running only.
    public func frozen() throws(TorchError) -> StyleGAN2Generator {
        try withNoGradient { () throws(TorchError) in
            var copy = self
            copy.mapping = try mapping.map { layer throws(TorchError) in try layer.frozen() }
            copy.convolutions = try convolutions.map { layer throws(TorchError) in try layer.frozen() }
            copy.toRGB = try toRGB.map { layer throws(TorchError) in try layer.frozen() }
            return copy
        }
    }
}
