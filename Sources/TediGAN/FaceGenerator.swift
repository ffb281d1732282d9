public import Torch

/// A generator that draws W+ codes: what optimisation, mixing and control need to know of it.
public protocol FaceGenerator {
    /// L, rows of a code.
    var layers: Int { get }
    /// C, width of a row.
    var width: Int { get }
    /// Height and width of the images, in pixels.
    var resolution: Int { get }
    /// Codes [N, L, C] to images [N, 3, R, R], RGB, -1...1; differentiable by the codes.
    func images(of codes: Tensor) throws(TorchError) -> Tensor
}

extension Generator: FaceGenerator {
    /// L.
    public var layers: Int { configuration.layers }
    /// C.
    public var width: Int { configuration.wDimension }
    /// In pixels.
    public var resolution: Int { configuration.resolution }

    /// Codes to images, with the stored noise.
    public func images(of codes: Tensor) throws(TorchError) -> Tensor { try synthesize(codes) }
}

extension StyleGAN2Generator: FaceGenerator {
    /// L.
    public var layers: Int { configuration.layers }
    /// C.
    public var width: Int { configuration.styleDimension }
    /// In pixels.
    public var resolution: Int { configuration.resolution }

    /// Codes to images, with the stored noise.
    public func images(of codes: Tensor) throws(TorchError) -> Tensor { try synthesize(codes) }
}
