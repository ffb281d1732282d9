public import Layers
public import Torch

/// StyleGAN: mapping network, truncation and synthesis network under the published tensor names.
///
/// Tensors: `mapping.*`, `truncation.*`, `synthesis.*`.
///
/// Source: Karras et al., "A style-based generator", 2019, in the form of genforce/idinvert_pytorch.
public struct Generator {
    /// The sizes.
    public let configuration: GeneratorConfiguration
    /// f.
    public private(set) var mapping: MappingNetwork
    /// The mean code and the pull towards it.
    public let truncation: Truncation
    /// g.
    public private(set) var synthesis: SynthesisNetwork

    /// Takes the generator from a scope; see ``ParameterStore`` for how to create, load, copy and average one.
    public init(_ configuration: GeneratorConfiguration, in scope: ParameterScope) throws(LayerError) {
        do {
            try configuration.validate()
        } catch {
            throw .invalid(error.description)
        }
        self.configuration = configuration
        mapping = try MappingNetwork(configuration, in: scope.scope("mapping"))
        truncation = try Truncation(configuration, in: scope.scope("truncation"))
        synthesis = try SynthesisNetwork(configuration, in: scope.scope("synthesis"))
    }

    /// z [N, Z] to truncated W+ codes [N, L, C].
    /// - Parameters:
    ///   - z: normal numbers; brought to length √Z first, as the published wrapper does (not where the mapping
    ///     network has knots).
    ///   - psi: ψ; the configured one if nil, 1 for none.
    public func map(_ z: Tensor, psi: Double? = nil) throws(TorchError) -> Tensor {
        try truncation(mapping(normalizedLatent(z)), psi: psi)
    }

    /// z scaled to length √Z: what ``map(_:psi:)`` gives to the mapping network.
    public func normalizedLatent(_ z: Tensor) throws(TorchError) -> Tensor {
        guard configuration.mappingKnots == 0 else { return z }
        return try z * z.norm([1], keepDims: true).reciprocal() * Double(configuration.zDimension).squareRoot()
    }

    /// Codes [N, L, C] to images [N, 3, R, R]; differentiable by the codes and by every parameter.
    public func synthesize(
        _ codes: Tensor, noise: SynthesisNetwork.Noise = .fixed
    ) throws(TorchError) -> Tensor {
        try synthesis(codes, noise: noise)
    }

    /// The generator with its constants folded, for running only.
    ///
    /// See ``SynthesisNetwork/frozen(differentiable:precision:)``. Where nobody else holds the generator, each layer's
    /// old numbers are let go before the next layer is folded.
    public consuming func frozen(
        differentiable: Bool = true, precision: DType? = nil
    ) throws(TorchError) -> Generator {
        var copy = consume self
        try Torch.sparingMemory { () throws(TorchError) in
            copy.mapping = try copy.mapping.frozen()
            try copy.synthesis.freeze(differentiable: differentiable, precision: precision)
        }
        return copy
    }
}
