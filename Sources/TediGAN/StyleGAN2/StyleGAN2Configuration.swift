/// Sizes of a StyleGAN2 generator and its discriminator.
///
/// The defaults are those of the published `stylegan2-ffhq-config-f` at 1024 pixels.
public struct StyleGAN2Configuration: Sendable, Hashable, Codable {
    /// Height and width of the image in pixels: a power of two, 8...1024.
    public var resolution: Int
    /// Width of z and of one layer of a code.
    public var styleDimension: Int
    /// Depth of the mapping network.
    public var mappingLayers: Int
    /// 2 in configuration f: twice the channels at 64 pixels and above.
    public var channelMultiplier: Int
    /// The largest number of channels, which all resolutions up to 32 have.
    public var channelsMax: Int

    /// Creates a configuration.
    public init(
        resolution: Int = 1024, styleDimension: Int = 512, mappingLayers: Int = 8, channelMultiplier: Int = 2,
        channelsMax: Int = 512
    ) {
        self.resolution = resolution
        self.styleDimension = styleDimension
        self.mappingLayers = mappingLayers
        self.channelMultiplier = channelMultiplier
        self.channelsMax = channelsMax
    }

    /// L, the number of layers of a code.
    public var layers: Int { 2 * (resolution.trailingZeroBitCount - 1) }

    /// Number of convolutions that add noise: one at 4 pixels, two at each size above.
    public var noiseLayers: Int { layers - 1 }

    /// Side of the square that noise layer `index` works at, in pixels.
    public func resolution(ofNoiseLayer index: Int) -> Int { 4 << ((index + 1) / 2) }

    /// Channels at a resolution.
    public func channels(at resolution: Int) -> Int {
        resolution <= 32 ? channelsMax : max(1, min(channelsMax, 16_384 * channelMultiplier / resolution))
    }

    /// Checks every size against its limits.
    ///
    /// - Throws: ``TediGANError/invalid(_:)`` naming the first value out of range.
    public func validate() throws(TediGANError) {
        guard (8...1024).contains(resolution), resolution.nonzeroBitCount == 1 else {
            throw .invalid("resolution is \(resolution); it must be a power of two, 8...1024")
        }
        let sizes = [
            ("styleDimension", styleDimension, 1...8192), ("mappingLayers", mappingLayers, 1...64),
            ("channelMultiplier", channelMultiplier, 1...8), ("channelsMax", channelsMax, 1...4096),
        ]
        for (name, value, range) in sizes where !range.contains(value) {
            throw .invalid("\(name) is \(value); it must be in \(range)")
        }
    }
}
