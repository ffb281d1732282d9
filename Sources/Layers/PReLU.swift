public import Torch

/// max(0, x) + a min(0, x), with a learned slope a per channel.
///
/// Tensor: `weight` [channels].
///
/// Source: He et al., "Delving deep into rectifiers", 2015, section 2.1.
public struct PReLU {
    private let slope: Tensor

    /// Takes the layer from a scope.
    public init(in scope: ParameterScope, channels: Int) throws(LayerError) {
        slope = try scope.parameter("weight", [channels], .constant(0.25))
    }

    /// [N, channels, ...] to the same shape.
    public func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor { try x.prelu(slope) }
}
