import Layers
public import Torch

/// Where an image's random numbers come from: a seed, and which of the seed's images it is.
///
/// The numbers of purpose p (the style code's noise, a layer's noise map) are the stream (`seed`; stream = `sample`,
/// lane = p) of a ``CounterGenerator``, so that they do not depend on the batch an image is made in.
public struct SampleKey: Sendable, Hashable {
    /// The seed of the request.
    public var seed: UInt64
    /// The number of the image under this seed.
    public var sample: UInt64

    /// Creates a key.
    public init(seed: UInt64, sample: UInt64 = 0) {
        self.seed = seed
        self.sample = sample
    }

    /// `count` normal numbers that all `candidate` draws of z for this image are read from.
    public func latent(_ count: Int, candidate: Int = 0) -> [Float] {
        CounterGenerator(seed: seed, stream: sample, lane: 0x1000_0000 | UInt32(truncatingIfNeeded: candidate))
            .normals(count)
    }

    /// `count` normal numbers of the noise map of layer `layer`.
    public func noise(_ count: Int, layer: Int) -> [Float] {
        CounterGenerator(seed: seed, stream: sample, lane: 0x2000_0000 | UInt32(truncatingIfNeeded: layer))
            .normals(count)
    }
}

/// Noise maps drawn for each image of a batch.
public enum NoiseMaps {
    /// Maps for ``SynthesisNetwork/Noise/maps(_:)``: one [N, 1, r, r] per layer.
    public static func random(
        _ keys: [SampleKey], _ configuration: GeneratorConfiguration, dtype: DType = .float32, device: Device = .cpu
    ) throws(TorchError) -> [Tensor] {
        try random(
            keys, sides: (0..<configuration.layers).map(configuration.resolution(ofLayer:)), dtype: dtype,
            device: device)
    }

    /// One [N, 1, r, r] for each of the sides r, in the order of the layers.
    static func random(
        _ keys: [SampleKey], sides: [Int], dtype: DType, device: Device
    ) throws(TorchError) -> [Tensor] {
        var maps: [Tensor] = []
        for (layer, side) in sides.enumerated() {
            let numbers = keys.flatMap { $0.noise(side * side, layer: layer) }
            maps.append(try Tensor(numbers, shape: [keys.count, 1, side, side], dtype: dtype, device: device))
        }
        return maps
    }
}
