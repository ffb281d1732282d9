public import Torch

/// A pack's encoder of pictures of either kind: pictures of one size to W+ codes.
public struct PictureEncoder {
    private enum Network {
        case inversion(InversionEncoder)
        case gradual(GradualStyleEncoder, mean: Tensor)
    }

    private let network: Network

    init(_ encoder: InversionEncoder) { network = .inversion(encoder) }

    /// pSp, whose codes are relative to the mean code [1, 1 or L, C].
    init(_ encoder: GradualStyleEncoder, mean: Tensor) { network = .gradual(encoder, mean: mean) }

    /// Height and width of the pictures that it reads, in pixels.
    public var side: Int {
        switch network {
        case .inversion(let encoder): encoder.configuration.resolution
        case .gradual: GradualStyleEncoder.side
        }
    }

    /// Whether it is pSp, which was trained with pictures prepared in ways of its own.
    public var isGradual: Bool { if case .gradual = network { true } else { false } }

    /// Pictures [N, channels, side, side] to codes [N, L, C]; differentiable by the pictures.
    public func callAsFunction(_ pictures: Tensor) throws(TorchError) -> Tensor {
        switch network {
        case .inversion(let encoder): try encoder(pictures)
        case .gradual(let encoder, let mean): try encoder(pictures) + mean
        }
    }

    /// Codes of images of any size, brought to the encoder's by means over areas, or enlarged.
    public func codes(ofImages images: Tensor) throws(TorchError) -> Tensor {
        guard images.shape[2] != side || images.shape[3] != side else { return try self(images) }
        if images.shape[2] > side { return try self(images.adaptiveAveragePool2d(side, side)) }
        return try self(images.upsampleBilinear(height: side, width: side))
    }
}
