public import Layers
public import Torch

/// Pulls sampled codes towards the mean code on the coarse layers: w̄ + ψ (w - w̄).
///
/// Tensors: buffers `w_avg` [C], the running mean of w, and `truncation` [1, L, 1], the coefficient of each layer as
/// the network was configured (kept by name; the configuration decides).
///
/// Source: Karras et al., "A style-based generator", 2019, appendix B.
public struct Truncation {
    /// The mean code w̄, [C].
    public let mean: Tensor
    private let stored: Tensor
    private let layers: Int
    private let width: Int
    private let truncated: Int
    private let psi: Double

    /// Takes the buffers from a scope.
    public init(_ configuration: GeneratorConfiguration, in scope: ParameterScope) throws(LayerError) {
        layers = configuration.layers
        width = configuration.wDimension
        truncated = min(configuration.truncationLayers, configuration.layers)
        psi = configuration.truncationPsi
        mean = try scope.buffer("w_avg", [width], .zeros)
        stored = try scope.buffer("truncation", [1, layers, 1], .repeating(Self.coefficients(layers, truncated, psi)))
    }

    /// w [N, C] or [N, L C] to W+ codes [N, L, C].
    /// - Parameters:
    ///   - w: what the mapping network made.
    ///   - psi: ψ; the configured one if nil, 1 to switch truncation off.
    public func callAsFunction(_ w: Tensor, psi: Double? = nil) throws(TorchError) -> Tensor {
        let rows = w.shape[0]
        let codes =
            w.shape[1] == width && layers > 1
            ? try w.reshape([rows, 1, width]).expanded([rows, layers, width])
            : try w.reshape([rows, layers, width])
        let coefficient = psi ?? self.psi
        if coefficient == 1 { return try codes.contiguous() }
        // Single precision first: the published buffers hold rounded coefficients, in every computation.
        let coefficients = try Tensor(
            Self.coefficients(layers, truncated, coefficient).map(Float.init), shape: [1, layers, 1],
            dtype: w.dtype, device: w.device)
        return try mean + (codes - mean) * coefficients
    }

    /// Moves w̄ towards the mean of a batch: w̄ += (1 - decay) (mean w - w̄).
    ///
    /// As published, the mean is tracked from the first layer's codes alone.
    /// - Parameters:
    ///   - w: what the mapping network made.
    ///   - decay: how much of the old mean stays.
    public func track(_ w: Tensor, decay: Double = 0.995) throws(TorchError) {
        try withNoGradient { () throws(TorchError) in
            let batch = try w.detached().narrow(1, start: 0, length: width).mean([0])
            try mean.copy(from: mean.lerp(to: batch, weight: 1 - decay))
        }
    }

    private static func coefficients(_ layers: Int, _ truncated: Int, _ psi: Double) -> [Double] {
        (0..<layers).map { $0 < truncated ? psi : 1 }
    }
}
