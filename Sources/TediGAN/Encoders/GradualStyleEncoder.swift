public import Layers
public import Perception
public import Torch

/// Sizes of a pSp encoder.
///
/// The defaults are those published for 1024-pixel photos.
public struct GradualStyleEncoderConfiguration: Sendable, Hashable, Codable {
    /// Channels of the image: 3 for photos, 1 for sketches, 19 for label maps.
    public var imageChannels: Int
    /// L, rows of a code.
    public var layers: Int

    /// Creates a configuration.
    public init(imageChannels: Int = 3, layers: Int = 18) {
        self.imageChannels = imageChannels
        self.layers = layers
    }

    /// Checks every size against its limits.
    ///
    /// - Throws: ``TediGANError/invalid(_:)`` naming the first value out of range.
    public func validate() throws(TediGANError) {
        guard (1...64).contains(imageChannels) else {
            throw .invalid("pSp: imageChannels is \(imageChannels); it must be in 1...64")
        }
        guard (1...32).contains(layers) else { throw .invalid("pSp: layers is \(layers); it must be in 1...32") }
    }
}

/// pSp: a picture of 256 pixels to a W+ code of width 512, in one pass; photos, sketches and label maps alike.
///
/// Features of three sizes, the coarse ones added to the finer; one small network per row of the code, which sees the
/// features whose size suits what the row controls: the first three rows the coarsest, the next four the middle ones.
///
/// Codes are relative to the generator's mean code, which the caller adds.
///
/// Tensors: those of ``IRBackbone``; `styles.{i}.convs.{n}.*`, `styles.{i}.linear.*`; `latlayer1.*`, `latlayer2.*`.
///
/// Source: Richardson et al., "Encoding in style", 2021, section 3.1; eladrich/pixel2style2pixel.
public struct GradualStyleEncoder {
    /// C, the width of every row.
    public static let width = 512
    /// Height and width of the pictures that it reads.
    public static let side = 256
    /// Sizes.
    public let configuration: GradualStyleEncoderConfiguration
    /// The features.
    public let backbone: IRBackbone
    private let heads: [StyleHead]
    private let middle: Convolution
    private let fine: Convolution

    /// The blocks of the backbone whose features are used.
    private static let taps = [6, 20, 23]

    /// Takes the network from a scope.
    public init(_ configuration: GradualStyleEncoderConfiguration, in scope: ParameterScope) throws(LayerError) {
        do {
            try configuration.validate()
        } catch {
            throw .invalid(error.description)
        }
        self.configuration = configuration
        backbone = try IRBackbone(in: scope, inputs: configuration.imageChannels)
        var heads: [StyleHead] = []
        for row in 0..<configuration.layers {
            heads.append(try StyleHead(in: scope.scope("styles.\(row)"), side: row < 3 ? 16 : row < 7 ? 32 : 64))
        }
        self.heads = heads
        middle = try Convolution(in: scope.scope("latlayer1"), inputs: 256, outputs: 512, kernelSize: 1)
        fine = try Convolution(in: scope.scope("latlayer2"), inputs: 128, outputs: 512, kernelSize: 1)
    }

    /// Pictures [N, C, 256, 256] to codes [N, L, 512], less the mean code.
    public func callAsFunction(_ pictures: Tensor, training: Bool = false) throws(TorchError) -> Tensor {
        let taps = try backbone.features(pictures, after: Self.taps, training: training)
        let coarse = taps[2]
        let second = try Self.added(coarse, middle(taps[1]))
        let third = try Self.added(second, fine(taps[0]))
        var rows: [Tensor] = []
        for (row, head) in heads.enumerated() {
            rows.append(try head(row < 3 ? coarse : row < 7 ? second : third))
        }
        return try Tensor.stack(rows, axis: 1)
    }

    /// The coarser features at the finer ones' size, and those.
    private static func added(_ coarse: Tensor, _ finer: Tensor) throws(TorchError) -> Tensor {
        let shape = finer.shape
        return try coarse.upsampleBilinear(height: shape[2], width: shape[3], alignCorners: true) + finer
    }
}

/// Features to one row of a code: convolutions of stride 2 down to a single pixel, then a dense layer.
private struct StyleHead {
    private let convolutions: [Convolution]
    private let dense: EqualizedDense

    init(in scope: ParameterScope, side: Int) throws(LayerError) {
        var convolutions: [Convolution] = []
        for index in 0..<side.trailingZeroBitCount {
            // Between two convolutions the list has an activation.
            convolutions.append(
                try Convolution(in: scope.scope("convs.\(2 * index)"), inputs: 512, outputs: 512, stride: 2))
        }
        self.convolutions = convolutions
        dense = try EqualizedDense(
            in: scope.scope("linear"), inputs: 512, outputs: 512, names: ("weight", "bias"))
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        var x = x
        for convolution in convolutions { x = try convolution(x).leakyReLU(0.01) }
        return try dense(x.reshape([x.shape[0], 512]))
    }
}
