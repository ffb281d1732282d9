/// Sizes of an inversion encoder.
///
/// The defaults are those of the published `styleganinv_ffhq256` encoder at 256 pixels.
public struct InversionEncoderConfiguration: Sendable, Hashable, Codable {
    /// Height and width of the image in pixels: a power of two, 8...1024.
    public var resolution: Int
    /// Channels of the image.
    public var imageChannels: Int
    /// L, rows of a code.
    public var layers: Int
    /// C, width of a row.
    public var wDimension: Int
    /// Channels of the first block; each block doubles them.
    public var channelsBase: Int
    /// The largest number of channels.
    public var channelsMax: Int

    /// Creates a configuration.
    public init(
        resolution: Int = 256, imageChannels: Int = 3, layers: Int? = nil, wDimension: Int = 512,
        channelsBase: Int = 64, channelsMax: Int = 1024
    ) {
        self.resolution = resolution
        self.imageChannels = imageChannels
        self.layers = layers ?? 2 * (resolution.trailingZeroBitCount - 1)
        self.wDimension = wDimension
        self.channelsBase = channelsBase
        self.channelsMax = channelsMax
    }

    /// Residual blocks: each halves the size, down to 4 pixels.
    public var residualBlocks: Int { resolution.trailingZeroBitCount - 2 }

    /// Channels that leave block `index`.
    public func channels(ofBlock index: Int) -> Int { min(channelsBase << min(index, 20), channelsMax) }

    /// Checks every size against its limits.
    ///
    /// - Throws: ``TediGANError/invalid(_:)`` naming the first value out of range.
    public func validate() throws(TediGANError) {
        guard (8...1024).contains(resolution), resolution.nonzeroBitCount == 1 else {
            throw .invalid("encoder: resolution is \(resolution); it must be a power of two, 8...1024")
        }
        let sizes = [
            ("imageChannels", imageChannels, 1...64), ("layers", layers, 1...64),
            ("wDimension", wDimension, 1...8192), ("channelsBase", channelsBase, 1...4096),
            ("channelsMax", channelsMax, 1...4096),
        ]
        for (name, value, range) in sizes where !range.contains(value) {
            throw .invalid("encoder: \(name) is \(value); it must be in \(range)")
        }
    }
}
