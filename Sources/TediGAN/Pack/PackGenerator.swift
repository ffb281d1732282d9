import Layers
public import Torch

/// A pack's generator of either kind, with its mean code: noise to codes, and codes to images.
public struct PackGenerator: FaceGenerator {
    private enum Network {
        case styleGAN(Generator)
        case styleGAN2(StyleGAN2Generator)
    }

    private let network: Network
    /// The mean code, [1, 1, C].
    public let mean: Tensor

    /// StyleGAN, which has its mean code among its tensors.
    init(_ generator: Generator) throws(TorchError) {
        network = .styleGAN(generator)
        mean = try generator.truncation.mean.reshape([1, 1, generator.configuration.wDimension])
    }

    /// StyleGAN2 with the mean code [1, 1, C] that lay beside it; made of noise where none did.
    init(_ generator: StyleGAN2Generator, mean: Tensor?) throws(TorchError) {
        network = .styleGAN2(generator)
        self.mean = if let mean { mean } else { try generator.meanCode().unsqueezed(1) }
    }

    /// L.
    public var layers: Int {
        switch network {
        case .styleGAN(let generator): generator.layers
        case .styleGAN2(let generator): generator.layers
        }
    }

    /// C.
    public var width: Int {
        switch network {
        case .styleGAN(let generator): generator.width
        case .styleGAN2(let generator): generator.width
        }
    }

    /// In pixels.
    public var resolution: Int {
        switch network {
        case .styleGAN(let generator): generator.resolution
        case .styleGAN2(let generator): generator.resolution
        }
    }

    /// Z, the width of noise.
    public var noiseWidth: Int {
        switch network {
        case .styleGAN(let generator): generator.configuration.zDimension
        case .styleGAN2(let generator): generator.configuration.styleDimension
        }
    }

    /// Noise [N, Z] to w as the mapping network makes it.
    public func mapped(_ z: Tensor) throws(TorchError) -> Tensor {
        switch network {
        case .styleGAN(let generator): try generator.mapping(generator.normalizedLatent(z))
        case .styleGAN2(let generator): try generator.map(z)
        }
    }

    /// What ``mapped(_:)`` made to W+ codes [N, L, C], pulled towards the mean code by ψ.
    ///
    /// StyleGAN pulls its coarse layers alone, StyleGAN2 all of them, each as published.
    public func truncated(_ w: Tensor, psi: Double) throws(TorchError) -> Tensor {
        switch network {
        case .styleGAN(let generator): return try generator.truncation(w, psi: psi)
        case .styleGAN2(let generator):
            let near = try generator.truncate(w, towards: mean.reshape([1, width]), psi: psi)
            return try generator.broadcast(near)
        }
    }

    /// Codes to images, with the stored noise.
    public func images(of codes: Tensor) throws(TorchError) -> Tensor {
        switch network {
        case .styleGAN(let generator): try generator.images(of: codes)
        case .styleGAN2(let generator): try generator.images(of: codes)
        }
    }

    /// Codes to images, each with noise maps of its own.
    public func images(of codes: Tensor, noise keys: [SampleKey]) throws(TorchError) -> Tensor {
        switch network {
        case .styleGAN(let generator):
            let sides = (0..<layers).map(generator.configuration.resolution(ofLayer:))
            let maps = try NoiseMaps.random(keys, sides: sides, dtype: codes.dtype, device: codes.device)
            return try generator.synthesize(codes, noise: .maps(maps))
        case .styleGAN2(let generator):
            let sizes = generator.configuration
            let sides = (0..<sizes.noiseLayers).map(sizes.resolution(ofNoiseLayer:))
            return try generator.synthesize(
                codes, noise: NoiseMaps.random(keys, sides: sides, dtype: codes.dtype, device: codes.device))
        }
    }
}
