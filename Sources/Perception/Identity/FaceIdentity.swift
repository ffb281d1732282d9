public import Layers
public import Torch

/// R: whose face it is, as a direction in 512 dimensions; the cosine of two directions says how alike two faces are.
///
/// Tensors: those of ``IRBackbone``; `output_layer.0` (norm), `.3.weight`, `.3.bias`, `.4` (norm).
///
/// Source: Deng et al., "ArcFace", 2019; as an identity loss: Richardson et al., "Encoding in style", 2021, section 3.2.
public struct FaceIdentity {
    private let backbone: IRBackbone
    private let inputNorm: BatchNorm
    private let dense: Dense
    private let outputNorm: BatchNorm
    private let size: Int

    /// Takes the network from a scope.
    /// - Parameters:
    ///   - configuration: depth and form of the backbone.
    ///   - scope: where the tensors are.
    ///   - size: height and width of the faces that it was trained on: 112 or 224.
    public init(
        _ configuration: IRBackbone.Configuration = .init(), in scope: ParameterScope, size: Int = 112
    ) throws(LayerError) {
        guard size == 112 || size == 224 else {
            throw .invalid("identity networks see faces of 112 or 224 pixels, not \(size)")
        }
        self.size = size
        backbone = try IRBackbone(configuration, in: scope)
        let output = scope.scope("output_layer")
        inputNorm = try BatchNorm(in: output.scope("0"), channels: 512)
        dense = try Dense(in: output.scope("3"), inputs: 512 * (size / 16) * (size / 16), outputs: 512)
        outputNorm = try BatchNorm(in: output.scope("4"), channels: 512)
    }

    /// Close crops of faces [N, 3, 112, 112], RGB in -1...1, to directions [N, 512] of length 1.
    public func callAsFunction(_ faces: Tensor) throws(TorchError) -> Tensor {
        let features = try inputNorm(backbone(faces), training: false)
        let embedding = try outputNorm(dense(features.flattened(from: 1)), training: false)
        return try embedding / embedding.norm([1], keepDims: true)
    }

    /// Aligned portraits [N, 3, R, R] to close crops [N, 3, 112, 112].
    ///
    /// Rows 35..<223 and columns 32..<220 of 256, in proportion for other sizes, then means over areas.
    public func crop(_ portraits: Tensor) throws(TorchError) -> Tensor {
        let side = portraits.shape.last ?? 0
        func scaled(_ value: Int) -> Int { (value * side + 128) / 256 }
        let rows = try portraits.narrow(2, start: scaled(35), length: scaled(223) - scaled(35))
        return try rows.narrow(3, start: scaled(32), length: scaled(220) - scaled(32))
            .adaptiveAveragePool2d(size, size)
    }

    /// 1 - cosine of two portraits' directions, per pair: [N, 3, R, R] and directions [N, 512] to [N], 0...2.
    public func loss(_ portraits: Tensor, towards directions: Tensor) throws(TorchError) -> Tensor {
        try 1 - (callAsFunction(crop(portraits)) * directions).sum([1])
    }
}
