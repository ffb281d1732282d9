/// Sizes and switches of a StyleGAN generator.
///
/// The defaults are those of the published `styleganinv_ffhq256` generator at 256 pixels.
public struct GeneratorConfiguration: Sendable, Hashable, Codable {
    /// Height and width of the image in pixels: a power of two, 8...1024.
    public var resolution: Int
    /// Width of z.
    public var zDimension: Int
    /// C, the width of one layer of a code.
    public var wDimension: Int
    /// Whether the mapping network makes one w for all layers (true), or one per layer (the published inversion
    /// generators).
    public var broadcastsW: Bool
    /// Whether a tanh ends the synthesis network.
    public var finalTanh: Bool
    /// ψ: how much of its distance from the mean a sampled code keeps, on the truncated layers.
    public var truncationPsi: Double
    /// How many layers, from the coarsest, are truncated.
    public var truncationLayers: Int
    /// Channels at resolution r are `featureMapsBase` / r, at most `featureMapsMax`.
    public var featureMapsBase: Int
    /// The largest number of channels.
    public var featureMapsMax: Int
    /// Depth of the mapping network.
    public var mappingLayers: Int
    /// Width of the mapping network's hidden layers.
    public var mappingWidth: Int
    /// λ of the mapping network; see `EqualizedDense`.
    public var mappingLearningRateMultiplier: Double
    /// Knots per dimension of z that the mapping network's input is spread over; 0 is the published form.
    ///
    /// Not in the paper: see ``MappingNetwork``.
    public var mappingKnots: Int

    /// Creates a configuration.
    public init(
        resolution: Int = 256, zDimension: Int = 512, wDimension: Int = 512, broadcastsW: Bool = false,
        finalTanh: Bool = true, truncationPsi: Double = 0.7, truncationLayers: Int = 8,
        featureMapsBase: Int = 16_384, featureMapsMax: Int = 512, mappingLayers: Int = 8, mappingWidth: Int? = nil,
        mappingLearningRateMultiplier: Double = 0.01, mappingKnots: Int = 0
    ) {
        self.resolution = resolution
        self.zDimension = zDimension
        self.wDimension = wDimension
        self.broadcastsW = broadcastsW
        self.finalTanh = finalTanh
        self.truncationPsi = truncationPsi
        self.truncationLayers = truncationLayers
        self.featureMapsBase = featureMapsBase
        self.featureMapsMax = featureMapsMax
        self.mappingLayers = mappingLayers
        self.mappingWidth = mappingWidth ?? wDimension
        self.mappingLearningRateMultiplier = mappingLearningRateMultiplier
        self.mappingKnots = mappingKnots
    }

    /// L, the number of layers of a code: two per resolution from 4 pixels up.
    public var layers: Int { 2 * (resolution.trailingZeroBitCount - 1) }

    /// Side of the square that layer `layer` works at, in pixels.
    public func resolution(ofLayer layer: Int) -> Int { 4 << (layer / 2) }

    /// Channels at a resolution.
    public func channels(at resolution: Int) -> Int { max(1, min(featureMapsBase / resolution, featureMapsMax)) }

    /// Checks every size against its limits.
    ///
    /// - Throws: ``TediGANError/invalid(_:)`` naming the first value out of range.
    public func validate() throws(TediGANError) {
        guard (8...1024).contains(resolution), resolution.nonzeroBitCount == 1 else {
            throw .invalid("resolution is \(resolution); it must be a power of two, 8...1024")
        }
        let sizes = [
            ("zDimension", zDimension, 1...8192), ("wDimension", wDimension, 1...8192),
            ("featureMapsBase", featureMapsBase, 1...1_048_576), ("featureMapsMax", featureMapsMax, 1...4096),
            ("mappingLayers", mappingLayers, 1...64), ("mappingWidth", mappingWidth, 1...8192),
            ("mappingKnots", mappingKnots, 0...64), ("truncationLayers", truncationLayers, 0...64),
        ]
        for (name, value, range) in sizes where !range.contains(value) {
            throw .invalid("\(name) is \(value); it must be in \(range)")
        }
        guard truncationPsi.isFinite, abs(truncationPsi) <= 10 else {
            throw .invalid("truncationPsi is \(truncationPsi); it must be in -10...10")
        }
        guard mappingLearningRateMultiplier > 0, mappingLearningRateMultiplier <= 1 else {
            throw .invalid("mappingLearningRateMultiplier must be above 0 and at most 1")
        }
    }
}
