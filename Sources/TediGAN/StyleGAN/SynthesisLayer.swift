import Layers
import Torch

/// One layer of the synthesis network: what brings in new detail (the learned constant, a convolution at the same
/// size, or a doubling one with its blur), then the epilogue with the layer's style.
struct SynthesisLayer {
    private enum Body {
        case constant(Tensor)
        case convolution(EqualizedConvolution)
        case doubling(UpsamplingConvolution, Blur)
    }

    private var body: Body
    private var epilogue: Epilogue
    private let resolution: Int
    /// The type of the pixels, where it is not that of all numbers.
    private var precision: DType?

    /// The height below which layers keep their type: their errors grow on the way to the picture, their work is little.
    private static let coarsestSide = 32

    init(_ index: Int, _ configuration: GeneratorConfiguration, in scope: ParameterScope) throws(LayerError) {
        resolution = configuration.resolution(ofLayer: index)
        let outputs = configuration.channels(at: resolution)
        let inputs = configuration.channels(at: index < 2 ? 4 : index % 2 == 0 ? resolution / 2 : resolution)
        if index == 0 {
            body = .constant(try scope.parameter("const", [1, outputs, 4, 4], .ones))
        } else if index % 2 == 1 {
            body = .convolution(try EqualizedConvolution(in: scope.scope("conv"), inputs: inputs, outputs: outputs))
        } else {
            body = .doubling(
                try UpsamplingConvolution(
                    in: scope, inputs: inputs, outputs: outputs, isFused: resolution >= 128),
                try Blur(in: scope.scope("blur"), channels: outputs))
        }
        epilogue = try Epilogue(
            in: scope.scope("epilogue"), channels: outputs, resolution: resolution,
            codeWidth: configuration.wDimension)
    }

    /// - Parameters:
    ///   - x: the layer before; ignored by the first.
    ///   - code: this layer's codes [N, C].
    ///   - noise: maps [N, 1, r, r]; the stored one if nil.
    func callAsFunction(_ x: StyledPixels?, code: Tensor, noise: Tensor?) throws(TorchError) -> StyledPixels {
        var x = x
        if let precision, let given = x, given.pixels.dtype != precision {
            x = StyledPixels(try given.resolved().to(dtype: precision))
        }
        switch (body, x) {
        case (.constant(let constant), _):
            let shape = constant.shape
            let y = try constant.expanded([code.shape[0], shape[1], shape[2], shape[3]])
            return StyledPixels(try epilogue(y, code: code, noise: noise))
        case (.convolution(let convolution), let x?):
            if let y = try epilogue(x, through: convolution.filter, code: code, noise: noise) { return y }
            return StyledPixels(try epilogue(convolution(x.resolved()), code: code, noise: noise, overwriting: true))
        case (.doubling(let doubling, let blur), let x?):
            if let y = try epilogue(x, through: doubling.filter, code: code, noise: noise, blur: blur) { return y }
            return StyledPixels(
                try epilogue(doubling(x.resolved()), code: code, noise: noise, blur: blur, overwriting: true))
        case (_, nil):
            throw TorchError(operation: "synthesis", message: "only the first layer works without an input")
        }
    }

    /// The layer with all that does not depend on the code made once.
    func frozen(differentiable: Bool, precision: DType?) throws(TorchError) -> SynthesisLayer {
        var copy = self
        let precision = resolution < Self.coarsestSide ? nil : precision
        copy.precision = precision
        switch body {
        case .constant(let constant): copy.body = .constant(try constant.detached().clone())
        case .convolution(let convolution):
            copy.body = .convolution(
                try convolution.frozen(side: resolution, differentiable: differentiable, precision: precision))
        case .doubling(let doubling, let blur):
            copy.body = .doubling(
                try doubling.frozen(side: resolution / 2, differentiable: differentiable, precision: precision), blur)
        }
        copy.epilogue = try epilogue.frozen()
        return copy
    }
}
